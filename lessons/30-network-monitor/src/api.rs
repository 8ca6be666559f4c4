//! What the monitor answers: status, history, events, and the talk's JSON.

use crate::monitor::{Monitor, Refused};
use crate::recorder::News;
use crate::talk;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use daemon::Key;
use history::HistoryQuery;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

/// For people and programs that are signed in.
pub(crate) fn router(monitor: Monitor) -> Router {
    Router::new()
        .route("/api/status", get(status))
        .route("/api/history", get(history))
        .route("/api/results", get(results))
        .route("/api/notes", get(notes))
        .route("/api/events", get(events))
        .route("/api/tests/{name}", post(start_test))
        .with_state(monitor)
}

/// The talk's address, with the key where the talk had it.
pub(crate) fn talk_router(monitor: Monitor, key: Key) -> Router {
    Router::new()
        .route("/network_data", get(network_data))
        .with_state((monitor, key))
}

type Shared = State<Monitor>;

/// What stands behind the `?`, or what is wrong with it.
type Asked<T> = Result<Query<T>, QueryRejection>;

async fn status(State(monitor): Shared) -> impl IntoResponse {
    Json(monitor.status())
}

async fn history(
    State(monitor): Shared,
    query: Asked<HistoryQuery>,
) -> Result<Response, ApiError> {
    let Query(query) = query?;
    ask(move || monitor.history().query(&query)).await
}

/// A range of time in Unix milliseconds; all of it when it is not said.
#[derive(Deserialize)]
struct Range {
    from: Option<i64>,
    to: Option<i64>,
    limit: Option<usize>,
}

/// The most rows of a list.
const MOST_ROWS: usize = 10_000;

impl Range {
    fn from(&self) -> i64 {
        self.from.unwrap_or(0)
    }

    fn to(&self) -> i64 {
        self.to.unwrap_or(i64::MAX)
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(1_000).min(MOST_ROWS)
    }
}

async fn results(
    State(monitor): Shared,
    range: Asked<Range>,
) -> Result<Response, ApiError> {
    let Query(range) = range?;
    let (from, to, limit) = (range.from(), range.to(), range.limit());
    ask(move || monitor.history().results(from, to, limit)).await
}

async fn notes(
    State(monitor): Shared,
    range: Asked<Range>,
) -> Result<Response, ApiError> {
    let Query(range) = range?;
    let (from, to, limit) = (range.from(), range.to(), range.limit());
    ask(move || monitor.history().notes(from, to, limit)).await
}

/// Asks the history on a thread that may wait.
async fn ask<T: Serialize + Send + 'static>(
    question: impl FnOnce() -> Result<T, history::Error> + Send + 'static,
) -> Result<Response, ApiError> {
    match spawn_blocking(question).await {
        Ok(Ok(answer)) => Ok(Json(answer).into_response()),
        Ok(Err(error)) => Err(error.into()),
        Err(panic) => Err(ApiError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: panic.to_string(),
        }),
    }
}

async fn start_test(
    State(monitor): Shared,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    monitor.start_test(&name)?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
struct TalkKey {
    key: Option<String>,
}

/// The key is in the address, as the talk had it. That is no good place, for
/// addresses are written into logs: programs of today send it as a header.
async fn network_data(
    State((monitor, key)): State<(Monitor, Key)>,
    given: Asked<TalkKey>,
) -> Response {
    match given.ok().and_then(|Query(given)| given.key) {
        Some(given) if key.matches(&given) => {
            let data = talk::network_data(&monitor.status());
            Json(data).into_response()
        }
        _ => {
            let words = json!({
                "status": "Error",
                "error_msg": "Invalid Keys",
            });
            (StatusCode::UNAUTHORIZED, Json(words)).into_response()
        }
    }
}

/// Server-sent events (WHATWG HTML, section 9.2): the status at once, when it
/// changes and when all is quiet, each sample, each step of a speed test, each
/// alert.
async fn events(
    State(monitor): Shared,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (tell, stream) = mpsc::channel(256);
    tokio::spawn(async move {
        tokio::select! {
            _ = follow(&monitor, &tell) => {}
            () = tell.closed() => {}
            () = monitor.stopped() => {}
        }
    });
    Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::default())
}

/// The status is said so often at most.
const CALM: Duration = Duration::from_millis(500);
/// And so often at least: whoever hears nothing for longer has lost us.
const QUIET: Duration = Duration::from_secs(15);

/// `None` when the listener is gone.
async fn follow(monitor: &Monitor, tell: &Listener) -> Option<()> {
    let mut news = monitor.news();
    let mut changes = monitor.changes();
    loop {
        changes.mark_unchanged();
        say(tell, "status", &monitor.status()).await?;
        let calm = tokio::time::sleep(CALM);
        let quiet = tokio::time::sleep(QUIET);
        tokio::pin!(calm, quiet);
        let mut changed = false;
        while !(changed && calm.is_elapsed()) {
            tokio::select! {
                () = &mut calm, if !calm.is_elapsed() => {}
                () = &mut quiet, if !changed => changed = true,
                seen = changes.changed(), if !changed => {
                    seen.ok()?;
                    changed = true;
                }
                heard = news.recv() => match heard {
                    Ok(News::Sample(sample)) => {
                        say(tell, "sample", &*sample).await?;
                    }
                    Ok(News::Progress(progress)) => {
                        say(tell, "progress", &*progress).await?;
                    }
                    Ok(News::Alert(notice)) => {
                        say(tell, "alert", &*notice).await?;
                    }
                    // Too slow: what is missed is in the history.
                    Err(_) => changed = true,
                },
            }
        }
    }
}

type Listener = mpsc::Sender<Result<Event, Infallible>>;

async fn say(tell: &Listener, name: &str, data: &impl Serialize) -> Option<()> {
    let data = serde_json::to_string(data).expect("plain data");
    tell.send(Ok(Event::default().event(name).data(data))).await.ok()
}

/// An error as programs see it: a status, and JSON with words.
struct ApiError {
    status: StatusCode,
    message: String,
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> ApiError {
        let status = match refused {
            Refused::Unknown(_) => StatusCode::NOT_FOUND,
            Refused::Running(_) => StatusCode::CONFLICT,
            Refused::Ended(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        ApiError { status, message: refused.to_string() }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(wrong: QueryRejection) -> ApiError {
        ApiError { status: wrong.status(), message: wrong.body_text() }
    }
}

impl From<history::Error> for ApiError {
    fn from(error: history::Error) -> ApiError {
        let status = match error {
            history::Error::Query(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        ApiError { status, message: error.to_string() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}
