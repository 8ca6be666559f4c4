//! The timers of a connection: for how long a server has been waiting for its
//! client.
//!
//! To keep a server waiting costs a client nothing, but each open connection is
//! one of a limited number. So the beginning of each wait is noted: the stream,
//! the bodies of requests and those of answers pass through here.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::Response;
use connections::Connection;
use hyper::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

/// How long a client may send nothing of a body that nobody wants.
const SILENCE: Duration = Duration::from_secs(2);

/// The waits of one connection. Clones share them.
#[derive(Clone)]
pub struct ConnectionTimers(Arc<Inner>);

impl fmt::Debug for ConnectionTimers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionTimers").finish_non_exhaustive()
    }
}

struct Inner {
    waits: Mutex<Waits>,
    closed: Notify,
}

/// Since when we have been waiting, for each thing that we can wait for.
#[derive(Default)]
struct Waits {
    /// The head of a request.
    head: Option<Instant>,
    /// More of its body.
    body: Option<Instant>,
    /// The end of a body that nobody wants.
    rest: Option<Instant>,
    /// The client reading more of its answer.
    answer: Option<Instant>,
    /// Something to send, in an answer without an end such as events.
    news: Option<Instant>,
}

impl Default for ConnectionTimers {
    fn default() -> ConnectionTimers {
        ConnectionTimers::new()
    }
}

impl ConnectionTimers {
    /// The timers of a new connection. The client has to begin.
    #[must_use]
    pub fn new() -> ConnectionTimers {
        let head = Some(Instant::now());
        let waits = Waits { head, ..Waits::default() };
        ConnectionTimers(Arc::new(Inner {
            waits: Mutex::new(waits),
            closed: Notify::new(),
        }))
    }

    /// Returns when the connection has to give way to another one.
    pub async fn closed(&self) {
        self.0.closed.notified().await;
    }

    /// The connection, which notes when the client reads nothing.
    pub fn timed_stream(&self, stream: TcpStream) -> TimedStream {
        TimedStream { stream, timers: self.clone() }
    }

    /// A request whose head has come. What its handler leaves of the body is
    /// read for as long as `rest_time`.
    pub fn request(
        &self,
        request: Request<Incoming>,
        rest_time: Duration,
    ) -> Request<TimedRequestBody> {
        self.waits().head = None;
        let awaits_word = request.headers().contains_key(header::EXPECT);
        request.map(|body| TimedRequestBody {
            body: Some(body),
            awaits_word,
            rest_time,
            timers: self.clone(),
        })
    }

    /// An answer. After it we wait for the client's next request.
    pub fn answer(&self, answer: Response) -> Response {
        let timers = self.clone();
        answer.map(|body| Body::new(TimedResponseBody { body, timers }))
    }

    /// Returns when the client has read nothing of its answer for `limit`.
    pub async fn unread(&self, limit: Duration) {
        self.expire(limit, |waits| waits.answer).await;
    }

    /// Returns when we have waited for the client for `limit`, counted from
    /// now and whatever we wait for.
    pub async fn awaited(&self, limit: Duration) {
        let now = Instant::now();
        let since = move |waits: &Waits| {
            let all = [waits.head, waits.body, waits.rest, waits.answer];
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
        let Waits { head, body, rest, answer, news } = *waits;
        let all = [head, body, rest, answer, news];
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
pub struct TimedStream {
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
pub struct TimedRequestBody {
    /// `None` once all of it is there.
    body: Option<Incoming>,
    /// The client sends nothing before it is asked to (RFC 9110, section
    /// 10.1.1), and reading asks.
    awaits_word: bool,
    rest_time: Duration,
    timers: ConnectionTimers,
}

// ANCHOR: rest
impl Drop for TimedRequestBody {
    fn drop(&mut self) {
        self.timers.waits().body = None;
        // The handler has read all of it, or has answered without it.
        let Some(rest) = self.body.take() else { return };
        if rest.is_end_stream() || self.awaits_word {
            return;
        }
        // A client that is still sending looks at no answer, and loses it when
        // its connection is closed over what it has sent.
        if let Ok(runtime) = Handle::try_current() {
            let timers = self.timers.clone();
            runtime.spawn(read_away(rest, self.rest_time, timers));
        }
    }
}
// ANCHOR_END: rest

/// Reads a body to its end, for some time, and keeps nothing of it.
async fn read_away(
    mut body: Incoming,
    time: Duration,
    timers: ConnectionTimers,
) {
    let begun = Instant::now();
    timers.waits().rest = Some(begun);
    loop {
        let end = (Instant::now() + SILENCE).min(begun + time);
        let next = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        match timeout_at(end, next).await {
            Ok(Some(Ok(_))) => {}
            // It has ended, has broken off, or takes too long.
            _ => break,
        }
    }
    timers.waits().rest = None;
}

impl HttpBody for TimedRequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let poll = Pin::new(body).poll_frame(context);
        note(&mut self.timers.waits().body, &poll);
        self.awaits_word = false;
        if let Poll::Ready(None | Some(Err(_))) = poll {
            self.body = None;
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
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
