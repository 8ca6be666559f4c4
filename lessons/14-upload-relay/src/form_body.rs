//! The bytes of a form, as they come from the client.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use tokio::time::timeout;
use tokio_stream::Stream;

/// The longest head of a part, in bytes.
pub(crate) const LONGEST_HEAD: usize = 16 * 1024;
/// How long the rest of a refused upload is read.
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// A body whose parts have heads of a bounded length. Clones are the same one.
///
/// The library that takes the form apart looks for the end of a head from its
/// beginning, with each piece that comes. A head without an end would be looked
/// through again and again.
#[derive(Clone)]
pub(crate) struct FormBody(Arc<Mutex<State>>);

struct State {
    body: BodyDataStream,
    /// The bytes that may still come before a head is too long. `None` while
    /// the content of a part is expected.
    head_left: Option<usize>,
    head_is_too_long: bool,
    /// Whether any of it was asked for.
    begun: bool,
    /// The last poll gave a piece. The reader takes all pieces that there are
    /// before it looks at them, so it gets one at a time.
    gave: bool,
}

impl FormBody {
    pub(crate) fn new(body: Body) -> FormBody {
        FormBody(Arc::new(Mutex::new(State {
            body: body.into_data_stream(),
            head_left: None,
            head_is_too_long: false,
            begun: false,
            gave: false,
        })))
    }

    /// From now on the head of a part is expected.
    pub(crate) fn expect_head(&self) {
        self.state().head_left = Some(LONGEST_HEAD);
    }

    /// From now on the content of a part is expected.
    pub(crate) fn expect_content(&self) {
        self.state().head_left = None;
    }

    /// Whether a head was longer than [`LONGEST_HEAD`].
    pub(crate) fn head_is_too_long(&self) -> bool {
        self.state().head_is_too_long
    }

    /// Whether the client was asked for any of it.
    pub(crate) fn is_begun(&self) -> bool {
        self.state().begun
    }

    /// Reads the rest of a refused upload for a moment: a client that is still
    /// sending would not see our answer.
    pub(crate) async fn discard(&self) {
        discard(|context| self.state().poll(context)).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Piece = Option<Result<Bytes, axum::Error>>;

/// Reads the rest of something for a moment, or until it breaks off.
pub(crate) async fn discard<E>(
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, E>>>,
) {
    let rest = async { while let Some(Ok(_)) = poll_fn(&mut poll).await {} };
    let _ = timeout(DISCARD_TIME, rest).await;
}

impl State {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Piece> {
        self.begun = true;
        Pin::new(&mut self.body).poll_next(context)
    }
}

impl Stream for FormBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Piece> {
        let mut state = self.state();
        if std::mem::take(&mut state.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if state.head_left == Some(0) {
            state.head_is_too_long = true;
            let error = axum::Error::new("a head without an end");
            return Poll::Ready(Some(Err(error)));
        }
        let poll = state.poll(context);
        if let Poll::Ready(Some(Ok(piece))) = &poll {
            if let Some(left) = &mut state.head_left {
                *left = left.saturating_sub(piece.len());
            }
            state.gave = true;
        }
        poll
    }
}
