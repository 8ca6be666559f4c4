//! A request as it comes in: its attributes whole, its document as a stream.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_stream::{Stream, StreamExt};

use crate::attribute_reader::{EndFinder, Malformed};
use crate::{Refusal, Status};

/// The most bytes before the document. The longest requests of the systems of
/// today have about ten thousand.
const LONGEST_HEAD: usize = 128 * 1024;
/// How long the attributes may take to come.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long the rest of a refused request is read.
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// Why the attributes of a request have not come.
#[derive(Debug, Error)]
pub enum HeadError {
    /// The client went away, or its connection broke.
    #[error("the request broke off")]
    BrokenOff,
    /// The attributes took too long.
    #[error("its attributes did not come within {} s", HEAD_TIME.as_secs())]
    TooSlow,
    /// There are too many attributes.
    #[error("its attributes are longer than {LONGEST_HEAD} bytes")]
    TooLong,
    /// The bytes are no attributes.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl From<HeadError> for Refusal {
    fn from(broken: HeadError) -> Refusal {
        let status = match broken {
            HeadError::TooLong => Status::RequestEntityTooLong,
            HeadError::TooSlow => Status::Timeout,
            HeadError::Malformed(why) if why.is_too_long() => {
                Status::RequestValueTooLong
            }
            _ => Status::BadRequest,
        };
        Refusal::new(status, format!("this is no request of IPP: {broken}"))
    }
}

/// The body of a request: first the attributes, then a document.
pub struct Incoming {
    body: BodyDataStream,
    /// What has come and is not read yet.
    ahead: Bytes,
}

impl Incoming {
    /// The request in this body, of which nothing has been read.
    pub fn new(body: Body) -> Incoming {
        Incoming { body: body.into_data_stream(), ahead: Bytes::new() }
    }

    // ANCHOR: head
    /// Receives into `head` the bytes up to the end of the attributes, and no
    /// more. What has come stays there when they are broken.
    pub async fn receive_head(
        &mut self,
        head: &mut Vec<u8>,
    ) -> Result<(), HeadError> {
        let deadline = Instant::now() + HEAD_TIME;
        let mut finder = EndFinder::new();
        loop {
            let piece = timeout_at(deadline, self.next()).await;
            let piece = piece.map_err(|_| HeadError::TooSlow)?;
            let piece = piece.ok_or(Malformed::CutOff)?;
            let piece = piece.map_err(|_| HeadError::BrokenOff)?;
            // A piece that is mostly document is not copied whole.
            let before = head.len();
            let room = (LONGEST_HEAD - before).min(piece.len());
            head.extend_from_slice(&piece[..room]);
            if let Some(end) = finder.find(head)? {
                head.truncate(end);
                self.ahead = piece.slice(end - before..);
                return Ok(());
            }
            if head.len() == LONGEST_HEAD {
                return Err(HeadError::TooLong);
            }
        }
    }
    // ANCHOR_END: head

    /// Whether there is a document. Waits for its first byte, or for the end.
    pub async fn has_document(&mut self) -> bool {
        let deadline = Instant::now() + HEAD_TIME;
        while self.ahead.is_empty() {
            match timeout_at(deadline, self.body.next()).await {
                Ok(Some(Ok(piece))) => self.ahead = piece,
                Ok(None) => return false,
                // Whoever reads the document meets that error, too.
                Ok(Some(Err(_))) | Err(_) => return true,
            }
        }
        true
    }

    /// Reads the rest of a refused request for a moment: a client that is still
    /// sending would not see the answer.
    pub async fn discard(&mut self) {
        let rest = async { while let Some(Ok(_)) = self.next().await {} };
        let _ = timeout(DISCARD_TIME, rest).await;
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        if !self.ahead.is_empty() {
            let piece = std::mem::take(&mut self.ahead);
            return Poll::Ready(Some(Ok(piece)));
        }
        Pin::new(&mut self.body).poll_next(context)
    }
}
