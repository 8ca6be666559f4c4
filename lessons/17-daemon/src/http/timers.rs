//! The timers of a connection: for how long we have been waiting for the client.
//!
//! Keeping us waiting costs a client nothing, but each open connection costs
//! us one of a limited number. So the beginning of each wait is noted.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use connections::Connection;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The waits of one connection. Clones share them.
#[derive(Clone)]
pub(super) struct ConnectionTimers(Arc<Inner>);

struct Inner {
    waits: Mutex<Waits>,
    closed: Notify,
}

/// Since when we have been waiting, for each thing that we can wait for.
struct Waits {
    /// The head of a request.
    head: Option<Instant>,
    /// More of its body.
    body: Option<Instant>,
    /// The client reading more of its answer.
    answer: Option<Instant>,
    /// Something to send, in an answer without an end such as events.
    news: Option<Instant>,
}

impl ConnectionTimers {
    /// The timers of a new connection. The client has to begin.
    pub(super) fn new() -> ConnectionTimers {
        let head = Some(Instant::now());
        let waits = Waits { head, body: None, answer: None, news: None };
        ConnectionTimers(Arc::new(Inner {
            waits: Mutex::new(waits),
            closed: Notify::new(),
        }))
    }

    /// Returns when the connection has to give way to another one.
    pub(super) async fn closed(&self) {
        self.0.closed.notified().await;
    }

    /// The connection, which notes when the client reads nothing.
    pub(super) fn timed_stream(&self, stream: TcpStream) -> TimedStream {
        TimedStream { stream, timers: self.clone() }
    }

    /// The body of a request whose head has come.
    pub(super) fn request(&self, body: Incoming) -> TimedRequestBody {
        self.waits().head = None;
        TimedRequestBody { body, timers: self.clone() }
    }

    /// An answer. After it we wait for the client's next request.
    pub(super) fn answer(&self, answer: Response) -> Response {
        let timers = self.clone();
        answer.map(|body| Body::new(TimedResponseBody { body, timers }))
    }

    /// Returns when the client has read nothing of its answer for `limit`.
    pub(super) async fn unread(&self, limit: Duration) {
        self.expire(limit, |waits| waits.answer).await;
    }

    /// Returns when we have waited for the client for `limit`, counted from
    /// now and whatever we wait for.
    pub(super) async fn awaited(&self, limit: Duration) {
        let now = Instant::now();
        let since = move |waits: &Waits| {
            let all = [waits.head, waits.body, waits.answer];
            all.into_iter().flatten().min().map(|since| since.max(now))
        };
        self.expire(limit, since).await;
    }

    fn wrote<T>(&self, poll: &Poll<T>) {
        let mut waits = self.waits();
        note(&mut waits.answer, poll);
        // The last piece of an answer may still be on its way when all of it
        // has been handed over.
        if let (Poll::Ready(_), Some(head)) = (poll, &mut waits.head) {
            *head = Instant::now();
        }
    }

    /// Returns when a wait that began at `since` has lasted for `limit`.
    async fn expire(
        &self,
        limit: Duration,
        since: impl Fn(&Waits) -> Option<Instant>,
    ) {
        loop {
            let now = Instant::now();
            // A wait that has not begun yet ends later than one from now on.
            let end = since(&self.waits()).unwrap_or(now) + limit;
            if end <= now {
                return;
            }
            sleep_until(end).await;
        }
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.0.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Events count as a wait, too: a client that holds many of them open costs
/// others their places as one that says nothing does.
impl Connection for ConnectionTimers {
    fn waits_since(&self) -> Option<std::time::Instant> {
        let waits = self.waits();
        let all = [waits.head, waits.body, waits.answer, waits.news];
        all.into_iter().flatten().min().map(Instant::into_std)
    }

    fn close(&self) {
        self.0.closed.notify_one();
    }
}

/// Notes that a wait goes on (pending) or has ended (ready).
fn note<T>(wait: &mut Option<Instant>, poll: &Poll<T>) {
    match poll {
        Poll::Pending => drop(wait.get_or_insert_with(Instant::now)),
        Poll::Ready(_) => *wait = None,
    }
}

/// A client's connection, whose writes are timed.
pub(super) struct TimedStream {
    stream: TcpStream,
    timers: ConnectionTimers,
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timers.wrote(&poll);
        poll
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let poll = stream.poll_write_vectored(context, bytes);
        self.timers.wrote(&poll);
        poll
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The body of a request, as it arrives.
pub(super) struct TimedRequestBody {
    body: Incoming,
    timers: ConnectionTimers,
}

impl HttpBody for TimedRequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let poll = Pin::new(&mut self.body).poll_frame(context);
        note(&mut self.timers.waits().body, &poll);
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for TimedRequestBody {
    fn drop(&mut self) {
        // The handler has read all of it, or has given it up.
        self.timers.waits().body = None;
    }
}

/// The body of an answer, as it is sent.
struct TimedResponseBody {
    body: Body,
    timers: ConnectionTimers,
}

impl HttpBody for TimedResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let poll = Pin::new(&mut self.body).poll_frame(context);
        note(&mut self.timers.waits().news, &poll);
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for TimedResponseBody {
    fn drop(&mut self) {
        let mut waits = self.timers.waits();
        waits.news = None;
        waits.head = Some(Instant::now());
    }
}
