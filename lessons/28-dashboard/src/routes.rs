//! The API: status, history and events for reading; speed tests, silences and
//! maintenance windows on request.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use history::{Columns, HistoryQuery};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sign_in::User;
use tokio::task::{JoinError, spawn_blocking};

use crate::api::{Acknowledge, NewSilence, NewWindow};
use crate::{NotDone, NotSent, NotStarted, Source, csv, stream};

/// The most rows of a list.
const MOST_ROWS: usize = 10_000;
/// How many rows a list has when the request does not say.
const ROWS: usize = 1_000;

/// The API of a monitor, for a server that knows who asks: it lets everyone
/// in.
pub fn routes<S: Source>(source: S) -> Router {
    reading_routes(source.clone()).merge(control_routes(source))
}

/// The part of [`routes`] that shows the monitor and changes nothing.
pub fn reading_routes<S: Source>(source: S) -> Router {
    Router::new()
        .route("/api/status", get(status::<S>))
        .route("/api/history", get(history::<S>))
        .route("/api/history.csv", get(csv::history::<S>))
        .route("/api/results", get(results::<S>))
        .route("/api/results.csv", get(csv::results::<S>))
        .route("/api/notes", get(notes::<S>))
        .route("/api/windows", get(windows::<S>))
        .route("/api/outages", get(outages::<S>))
        .route("/api/events", get(stream::events::<S>))
        .with_state(source)
}

// ANCHOR: control
/// The part of [`routes`] that makes the monitor do something.
pub fn control_routes<S: Source>(source: S) -> Router {
    Router::new()
        .route("/api/tests/{name}", post(start_test::<S>))
        .route("/api/silences", post(silence::<S>))
        .route("/api/silences/{id}", delete(end_silence::<S>))
        .route("/api/acknowledgements", post(acknowledge::<S>))
        .route("/api/windows", post(make_window::<S>))
        .route("/api/windows/{id}", delete(remove_window::<S>))
        .route("/api/notifiers/{name}/test", post(test_notifier::<S>))
        .with_state(source)
}
// ANCHOR_END: control

/// What stands behind the `?` of a request, or what is wrong with it.
pub(crate) type Parameters<T> = Result<Query<T>, QueryRejection>;

/// A range of time in Unix milliseconds; all of it when it is not said.
#[derive(Deserialize)]
pub(crate) struct Range {
    from: Option<i64>,
    to: Option<i64>,
    limit: Option<usize>,
}

impl Range {
    pub(crate) fn from(&self) -> i64 {
        self.from.unwrap_or(0)
    }

    pub(crate) fn to(&self) -> i64 {
        self.to.unwrap_or(i64::MAX)
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(ROWS).min(MOST_ROWS)
    }
}

async fn status<S: Source>(State(source): State<S>) -> impl IntoResponse {
    Json(source.status())
}

async fn history<S: Source>(
    State(source): State<S>,
    query: Parameters<HistoryQuery>,
) -> Result<Response, ApiError> {
    let Query(query) = query?;
    Ok(Json(chart(source, query).await?).into_response())
}

/// Asks the history for a chart.
pub(crate) async fn chart<S: Source>(
    source: S,
    query: HistoryQuery,
) -> Result<Columns, ApiError> {
    // What was watched once and is not any more still has its history.
    let strange =
        query.target.clone().filter(|name| !is_watched(&source, name));
    let ask = move || source.history().query(&query);
    let found = spawn_blocking(ask).await.map_err(ApiError::from)??;
    if let Some(name) = strange
        && found.count.iter().all(|count| *count == 0)
    {
        return Err(ApiError {
            status: StatusCode::NOT_FOUND,
            message: format!(
                "there is no target and no speed test named {name:?}, and the \
                 history knows none"
            ),
        });
    }
    Ok(found)
}

/// Whether there is a target or a speed test of this name.
fn is_watched<S: Source>(source: &S, name: &str) -> bool {
    let status = source.status();
    status.targets.iter().any(|target| target.name == name)
        || status.speed.iter().any(|test| test.name == name)
}

async fn results<S: Source>(
    State(source): State<S>,
    range: Parameters<Range>,
) -> Result<Response, ApiError> {
    let Query(range) = range?;
    let (from, to, limit) = (range.from(), range.to(), range.limit());
    answer(move || source.history().results(from, to, limit)).await
}

async fn notes<S: Source>(
    State(source): State<S>,
    range: Parameters<Range>,
) -> Result<Response, ApiError> {
    let Query(range) = range?;
    let (from, to, limit) = (range.from(), range.to(), range.limit());
    answer(move || source.history().notes(from, to, limit)).await
}

async fn start_test<S: Source>(
    State(source): State<S>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    source.start_test(&name)?;
    Ok(StatusCode::ACCEPTED)
}

async fn windows<S: Source>(
    State(source): State<S>,
    range: Parameters<Range>,
) -> Result<Response, ApiError> {
    let Query(range) = range?;
    Ok(Json(source.windows(range.from(), range.to())).into_response())
}

/// Of which target, and from when to when.
#[derive(Deserialize)]
struct OutageQuery {
    target: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
}

async fn outages<S: Source>(
    State(source): State<S>,
    query: Parameters<OutageQuery>,
) -> Result<Response, ApiError> {
    let Query(OutageQuery { target, from, to }) = query?;
    let (from, to) = (from.unwrap_or(0), to.unwrap_or(i64::MAX));
    answer(move || source.outages(target.as_deref(), from, to)).await
}

/// The body of a request, or what is wrong with it.
type Body<T> = Result<Json<T>, JsonRejection>;

/// The account that asks; nothing where everyone is let in.
type Asker = Option<Extension<User>>;

fn name_of(asker: &Asker) -> Option<&str> {
    asker.as_ref().map(|Extension(user)| user.name.as_str())
}

async fn silence<S: Source>(
    State(source): State<S>,
    asker: Asker,
    body: Body<NewSilence>,
) -> Result<Response, ApiError> {
    let Json(asked) = body?;
    let made = source.silence(asked, name_of(&asker))?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

async fn end_silence<S: Source>(
    State(source): State<S>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    source.end_silence(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn acknowledge<S: Source>(
    State(source): State<S>,
    asker: Asker,
    body: Body<Acknowledge>,
) -> Result<StatusCode, ApiError> {
    let Json(asked) = body?;
    source.acknowledge(asked, name_of(&asker))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn make_window<S: Source>(
    State(source): State<S>,
    body: Body<NewWindow>,
) -> Result<Response, ApiError> {
    let Json(asked) = body?;
    let made = source.make_window(asked)?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

async fn remove_window<S: Source>(
    State(source): State<S>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    source.remove_window(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test_notifier<S: Source>(
    State(source): State<S>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    source.test_notifier(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the history on a thread that may wait for the disk.
async fn answer<T: Serialize + Send + 'static>(
    question: impl FnOnce() -> Result<T, history::Error> + Send + 'static,
) -> Result<Response, ApiError> {
    match spawn_blocking(question).await {
        Ok(Ok(answer)) => Ok(Json(answer).into_response()),
        Ok(Err(error)) => Err(error.into()),
        Err(panic) => Err(panic.into()),
    }
}

/// An error as programs see it: a status, and JSON with words.
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
}

impl From<JoinError> for ApiError {
    fn from(panic: JoinError) -> ApiError {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        ApiError { status, message: panic.to_string() }
    }
}

impl From<NotStarted> for ApiError {
    fn from(error: NotStarted) -> ApiError {
        let status = match error {
            NotStarted::Unknown(_) => StatusCode::NOT_FOUND,
            NotStarted::Running(_) => StatusCode::CONFLICT,
            NotStarted::Ended(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        ApiError { status, message: error.to_string() }
    }
}

impl From<NotDone> for ApiError {
    fn from(error: NotDone) -> ApiError {
        let status = match error {
            NotDone::Unknown(_) => StatusCode::NOT_FOUND,
            NotDone::Refused(_) => StatusCode::BAD_REQUEST,
            NotDone::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        ApiError { status, message: error.to_string() }
    }
}

impl From<NotSent> for ApiError {
    fn from(error: NotSent) -> ApiError {
        let status = match error {
            NotSent::Unknown(_) => StatusCode::NOT_FOUND,
            NotSent::Refused(_) => StatusCode::BAD_GATEWAY,
        };
        ApiError { status, message: error.to_string() }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(error: JsonRejection) -> ApiError {
        ApiError { status: error.status(), message: error.body_text() }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(error: QueryRejection) -> ApiError {
        ApiError { status: error.status(), message: error.body_text() }
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
