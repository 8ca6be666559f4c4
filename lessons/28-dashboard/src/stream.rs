//! `GET /api/events`: the stream that keeps a page and a terminal up to date.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_stream::wrappers::ReceiverStream;

use crate::Source;
use crate::api::Event;

/// How many events may wait for one slow connection.
const WAITING: usize = 256;
/// The status is sent at most this often.
const SHORTEST: Duration = Duration::from_millis(500);
/// The status is sent at least this often: a listener that hears nothing for
/// much longer has lost the monitor.
const LONGEST: Duration = Duration::from_secs(15);

/// One open connection, to which events are written.
type Listener = mpsc::Sender<Result<sse::Event, Infallible>>;

/// Server-sent events (WHATWG HTML, section 9.2): the status at once, when it
/// has changed and when all is quiet; each sample, each step of a speed test
/// and each alert when it happens.
pub(crate) async fn events<S: Source>(
    State(source): State<S>,
) -> impl IntoResponse + use<S> {
    let (listener, stream) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        tokio::select! {
            _ = follow(&source, &listener) => {}
            () = listener.closed() => {}
            () = source.stopped() => {}
        }
    });
    let stream = ReceiverStream::new(stream);
    // A proxy such as nginx would gather them until its buffer is full.
    let headers = [("X-Accel-Buffering", "no")];
    (headers, Sse::new(stream).keep_alive(KeepAlive::default()))
}

// ANCHOR: follow
/// Sends everything that happens to one listener, until it leaves.
async fn follow<S: Source>(source: &S, listener: &Listener) -> Option<()> {
    let mut events = source.feed().events();
    let mut changes = source.feed().status().watch();
    loop {
        changes.mark_unchanged();
        send(listener, &Event::Status(Box::new(source.status()))).await?;
        let sent = Instant::now();
        let mut due = sent + LONGEST;
        loop {
            tokio::select! {
                // The status is due again.
                () = sleep_until(due) => break,
                // It has changed: it is due soon, but not at once. Changes
                // come in swarms, and one status tells of all of them.
                _ = changes.changed(), if due > sent + SHORTEST => {
                    due = sent + SHORTEST;
                }
                event = events.recv() => match event {
                    Ok(event) => send(listener, &event).await?,
                    // A slow listener has missed some events. They are in
                    // the history, and the status tells what came of them.
                    Err(RecvError::Lagged(_)) => {
                        due = due.min(sent + SHORTEST);
                    }
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}

/// Writes one event. Nothing when the listener has left.
async fn send(listener: &Listener, event: &Event) -> Option<()> {
    let written = sse::Event::default().event(event.name()).data(event.data());
    listener.send(Ok(written)).await.ok()
}
// ANCHOR_END: follow
