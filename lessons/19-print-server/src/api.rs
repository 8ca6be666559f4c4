//! The API: jobs, what happens to them, and the page that uses it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use daemon::Tasks;
use daemon::http::RateLimit;
use job_queue::{JobId, Queue};
use previews::{Previews, Thumbnails};
use print_client::JobView;
use print_options::roles::PRINT;
use relay::{
    Accepted, Intake, Phase, PinTries, PrintJob, Progress, Refusal,
    ReprintError, ResendError, Sender,
};
use serde::Deserialize;
use serde_json::json;
use sign_in::User;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, watch};
use tokio::time::interval;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use crate::events::Events;
use crate::page;
use crate::previews_api;
use crate::printers::Printers;
use crate::printers_api::{self, PrinterView, no_such_printer};
use crate::records::Records;
use crate::records_api;
use crate::view::state_word;
use crate::visitor::{may_change, may_see};

/// How often a listener hears that the connection is well.
const ALIVE: Duration = Duration::from_secs(20);

/// What every handler can use.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) intake: Intake,
    /// Documents that somebody looks at.
    pub(crate) previews: Previews,
    /// Small pictures of pages.
    pub(crate) thumbnails: Thumbnails,
    pub(crate) events: Events,
    /// The records of the jobs, where documents are taken in.
    pub(crate) records: Option<Records>,
    /// The tries of PINs.
    pub(crate) pin_tries: PinTries,
    /// What is open without a key, in sentences.
    pub(crate) open: String,
    pub(crate) printers: Printers,
    pub(crate) tasks: Tasks,
    /// Becomes true when the server stops.
    pub(crate) closing: watch::Receiver<bool>,
}

/// The page and the API. With a limit for `uploads` this process takes
/// documents in, and without one it takes none.
pub(crate) fn router(state: AppState, uploads: Option<&RateLimit>) -> Router {
    let mut router = Router::new()
        .merge(page::files())
        .route("/", get(index))
        .route("/api/jobs", get(list))
        .route("/api/jobs/{id}", get(show).delete(cancel))
        .route("/api/jobs/{id}/pages/{picture}", get(previews_api::page_of_job))
        .route("/api/jobs/{id}/hold", post(hold))
        .route("/api/jobs/{id}/release", post(release))
        .route("/api/jobs/{id}/printed", post(printed))
        .route("/api/jobs/{id}/retry", post(retry))
        .route("/api/jobs/{id}/move", post(move_job))
        .route("/api/events", get(events))
        .merge(printers_api::routes())
        .merge(records_api::routes());
    if let Some(rate) = uploads {
        let create = Router::new()
            .route("/api/jobs", post(create))
            .route("/api/jobs/{id}/reprint", post(reprint))
            // The intake has its own limits, and names them in its errors.
            .layer(DefaultBodyLimit::disable());
        router = router.merge(rate.protect(create));
        router = router.merge(previews_api::routes(rate));
    }
    router.with_state(Arc::new(state))
}

type Shared = State<Arc<AppState>>;

async fn index(State(state): Shared, Extension(user): Visitor) -> Response {
    page::answer(&state, &user)
}

// ANCHOR: create
async fn create(
    State(state): Shared,
    Extension(user): Visitor,
    request: Request,
) -> Result<Response, ApiError> {
    may_print(&user)?;
    let key = idempotency_key(request.headers())?;
    let accepted = match is_json(request.headers()) {
        // The document is here already: somebody has looked at it.
        true => previews_api::print(&state, &user, request, key).await?,
        false => state.intake.receive(request, key).await?,
    };
    created(&state, &accepted).await
}
// ANCHOR_END: create

/// The answer to a request that has made a job, now or before.
async fn created(
    state: &AppState,
    accepted: &Accepted,
) -> Result<Response, ApiError> {
    let job = find(state, accepted.id).await?;
    let place = format!("/api/jobs/{}", job.id);
    let status = match accepted.fresh {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, [(header::LOCATION, place)], Json(job)).into_response())
}

pub(crate) fn may_print(user: &User) -> Result<(), ApiError> {
    if user.has(PRINT) {
        return Ok(());
    }
    let words = format!("{} may not print: ask an administrator", user.name);
    Err(ApiError::forbidden(&words))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/json")
}

/// The key of draft-ietf-httpapi-idempotency-key-header-07, section 2.1: a
/// quoted string. Many clients leave the quotes out, so we allow that.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().trim_matches('"');
    match key.len() {
        1..=255 => Ok(Some(key.to_owned())),
        _ => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "the Idempotency-Key must be 1 to 255 plain characters",
        )),
    }
}

type Visitor = Extension<User>;

async fn list(
    State(state): Shared,
    Extension(user): Visitor,
) -> Result<Json<Vec<JobView>>, ApiError> {
    let mut jobs = shown(&state).await?;
    jobs.retain(|job| may_see(&user, job));
    Ok(Json(jobs))
}

async fn show(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
) -> Result<Json<JobView>, ApiError> {
    Ok(Json(seen(&state, &user, number(&id)?).await?))
}

async fn cancel(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
) -> Result<Json<JobView>, ApiError> {
    change(&state, &user, &id, |queue, id| queue.cancel(id).map(drop)).await
}

async fn hold(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
) -> Result<Json<JobView>, ApiError> {
    change(&state, &user, &id, |queue, id| queue.hold(id)).await
}

/// What comes with a release.
#[derive(Default, Deserialize)]
struct Release {
    pin: Option<String>,
}

// ANCHOR: release
/// Releases a held job. One with a PIN is released by whoever knows the PIN,
/// and by nobody else: its owner wants to stand at the printer then.
async fn release(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
    wish: Option<Json<Release>>,
) -> Result<Json<JobView>, ApiError> {
    let id = number(&id)?;
    let job = seen(&state, &user, id).await?;
    if !job.needs_pin {
        may(&user, &job)?;
        with_queue(&state, move |queue| queue.release(&id)).await?;
        return Ok(Json(find(&state, id).await?));
    }
    let pin = wish.and_then(|Json(wish)| wish.pin).ok_or_else(|| {
        ApiError::forbidden(&format!("job {id} waits for its PIN: send it"))
    })?;
    let turn = state.pin_tries.begin(id).map_err(|wait| ApiError {
        retry_after: Some(wait.max(Duration::from_secs(1))),
        ..ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many wrong PINs: wait a moment, then try again",
        )
    })?;
    let is_right = with_queue(&state, move |queue| {
        let Some(job) = queue.job(&id)? else { return Ok(false) };
        let order = PrintJob::from_payload(&job.payload).ok();
        let hash = order.and_then(|order| order.pin);
        let is_right = hash.is_some_and(|hash| hash.matches(&pin));
        if is_right {
            queue.release(&id)?;
        }
        Ok(is_right)
    })
    .await?;
    turn.end(is_right);
    match is_right {
        true => Ok(Json(find(&state, id).await?)),
        false => Err(ApiError::forbidden(&format!(
            "this is not the PIN of job {id}"
        ))),
    }
}
// ANCHOR_END: release

/// A person has looked into the tray: an uncertain job is on paper.
async fn printed(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
) -> Result<Json<JobView>, ApiError> {
    change(&state, &user, &id, |queue, id| {
        let job = queue.job(id)?.ok_or(job_queue::Error::NoSuchJob(*id))?;
        let order = PrintJob::from_payload(&job.payload)
            .unwrap_or_else(|_| PrintJob::unknown());
        let mut progress = Progress::from_note(job.progress.as_deref());
        progress.phase = Phase::Printed;
        progress.printed = progress.printed.max(order.sides());
        queue.confirm(id, &progress.to_note())
    })
    .await
}

/// How a job is sent again.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    /// The page to go on from; the job is printed whole when absent.
    from: Option<u32>,
}

async fn retry(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
    wish: Option<Json<Retry>>,
) -> Result<Json<JobView>, ApiError> {
    let id = number(&id)?;
    may(&user, &seen(&state, &user, id).await?)?;
    let from = wish.and_then(|Json(wish)| wish.from);
    let resend = move |queue: &dyn Queue| Ok(relay::resend(queue, &id, from));
    with_queue(&state, resend).await??;
    Ok(Json(find(&state, id).await?))
}

/// Where a job is to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    printer: String,
}

/// Moves a job that is not on paper to another printer. One that waits or is
/// held does so there, and one that has failed can be sent again there.
async fn move_job(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
    Json(Move { printer: name }): Json<Move>,
) -> Result<Json<JobView>, ApiError> {
    let id = number(&id)?;
    may(&user, &seen(&state, &user, id).await?)?;
    let Some(printer) = state.printers.get(&name) else {
        return Err(no_such_printer(&state, &name));
    };
    if !printer.options.is_for(&user) {
        return Err(Refusal::NotYourPrinter(name).into());
    }
    let to = printer.destination();
    let moved = with_queue(&state, move |queue| {
        let job = queue.job(&id)?.ok_or(job_queue::Error::NoSuchJob(id))?;
        let order = PrintJob::from_payload(&job.payload);
        if let Err(refusal) = order.map_or(Ok(()), |order| to.check(&order)) {
            return Ok(Err(refusal));
        }
        queue.move_to(&id, &to.name).map(Ok)
    });
    moved.await??;
    Ok(Json(find(&state, id).await?))
}

// ANCHOR: reprint
/// Prints a printed job once more, as a new job of whoever asks.
async fn reprint(
    State(state): Shared,
    Extension(user): Visitor,
    Extension(sender): Extension<Sender>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    may_print(&user)?;
    let id = number(&id)?;
    may(&user, &seen(&state, &user, id).await?)?;
    let key = idempotency_key(&headers)?;
    let intake = state.intake.clone();
    let reprint = move |queue: &dyn Queue| {
        let job = queue.job(&id)?.ok_or(job_queue::Error::NoSuchJob(id))?;
        Ok(intake.reprint(&job, sender, key))
    };
    let accepted = with_queue(&state, reprint).await??;
    created(&state, &accepted).await
}
// ANCHOR_END: reprint

/// Changes a job, and returns it as it is afterwards.
async fn change(
    state: &AppState,
    user: &User,
    id: &str,
    action: fn(&dyn Queue, &JobId) -> Result<(), job_queue::Error>,
) -> Result<Json<JobView>, ApiError> {
    let id = number(id)?;
    may(user, &seen(state, user, id).await?)?;
    with_queue(state, move |queue| action(queue, &id)).await?;
    Ok(Json(find(state, id).await?))
}

/// A job that this user may see. Of others they learn nothing, not even that
/// there is one.
async fn seen(
    state: &AppState,
    user: &User,
    id: JobId,
) -> Result<JobView, ApiError> {
    let job = find(state, id).await?;
    match may_see(user, &job) {
        true => Ok(job),
        false => Err(no_such_job(&id.to_string())),
    }
}

fn may(user: &User, job: &JobView) -> Result<(), ApiError> {
    match may_change(user, job) {
        true => Ok(()),
        false => Err(ApiError::forbidden(&format!(
            "job {} is not yours: ask whoever looks after the printer",
            job.id
        ))),
    }
}

pub(crate) fn no_such_job(id: &str) -> ApiError {
    ApiError::not_found(format!("there is no job {id}"))
}

/// The newest jobs.
async fn shown(state: &AppState) -> Result<Vec<JobView>, ApiError> {
    let printers = state.printers.clone();
    with_queue(state, move |_| printers.shown_views()).await
}

async fn find(state: &AppState, id: JobId) -> Result<JobView, ApiError> {
    let printers = state.printers.clone();
    let found = with_queue(state, move |queue| {
        let paused = printers.paused()?;
        let job = queue.job(&id)?;
        Ok(job.map(|job| printers.view(&job, &paused)))
    });
    found.await?.ok_or_else(|| no_such_job(&id.to_string()))
}

pub(crate) fn number(text: &str) -> Result<JobId, ApiError> {
    text.parse()
        .map_err(|_| no_such_job(&format!("{:?}", safe_text::plain(text, 40))))
}

/// Calls `ask` with the queue, on a thread that may block.
pub(crate) async fn with_queue<T: Send + 'static>(
    state: &AppState,
    ask: impl FnOnce(&dyn Queue) -> Result<T, job_queue::Error> + Send + 'static,
) -> Result<T, ApiError> {
    let queue = state.intake.queue.clone();
    let ask = move || ask(&*queue);
    let answer = state.tasks.spawn_blocking("queue", ask).await;
    let answer = answer.map_err(|_| ApiError::broken())?;
    Ok(answer.map_err(|_| ApiError::broken())??)
}

#[derive(Deserialize)]
struct Filter {
    /// Only this job.
    job: Option<String>,
}

/// Server-sent events (WHATWG HTML, section 9.2): first every job and every
/// printer as `event: job` and `event: printer`, with the job or the printer as
/// JSON, and `event: ready`; then each change, and now and then `event: alive`.
/// With a job's number, nothing but that job.
async fn events(
    State(state): Shared,
    Extension(user): Visitor,
    Query(filter): Query<Filter>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (news, stream) = mpsc::channel(64);
    let tasks = state.tasks.clone();
    tasks.spawn("events", async move {
        let mut closing = state.closing.clone();
        tokio::select! {
            () = send_all(&state, &user, &filter, &news) => {}
            () = news.closed() => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    });
    Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::default())
}

/// Sends every job and printer, and then each change, until the listener is
/// gone.
async fn send_all(
    state: &AppState,
    user: &User,
    filter: &Filter,
    news: &Listener,
) {
    loop {
        let mut changes = state.events.listen();
        let mut printers = match filter.job {
            Some(_) => None,
            None => Some(state.events.listen_to_printers()),
        };
        let now = shown(state).await.unwrap_or_default();
        let mut first = Vec::new();
        // What is told now is no news when it comes once more.
        let mut told = HashMap::new();
        // Oldest first, so that a listener can add each on top.
        for job in now.into_iter().rev() {
            let job = Arc::new(job);
            told.insert(job.id.clone(), job.clone());
            first.push(News::Job(job));
        }
        if printers.is_some() {
            let printers = state.printers.clone();
            let now = with_queue(state, move |_| printers.all_views()).await;
            let now = now.unwrap_or_default().into_iter();
            first.extend(now.map(|it| News::Printer(Arc::new(it))));
            first.push(News::Ready);
        }
        for one in first {
            if send_news(state, &one, user, filter, news).await.is_none() {
                return;
            }
        }
        let mut alive = interval(ALIVE);
        alive.reset();
        loop {
            let change = tokio::select! {
                job = changes.recv() => job.map(News::Job),
                printer = next_printer(&mut printers) => {
                    printer.map(News::Printer)
                }
                _ = alive.tick() => Ok(News::Alive),
            };
            // A listener that was too slow gets everything again.
            let Ok(change) = change else { break };
            if let News::Job(job) = &change
                && told.remove(&job.id).is_some_and(|before| before == *job)
            {
                continue;
            }
            if send_news(state, &change, user, filter, news).await.is_none() {
                return;
            }
        }
    }
}

/// What a listener is told of.
enum News {
    Job(Arc<JobView>),
    Printer(Arc<PrinterView>),
    /// All has been told, and what follows are changes.
    Ready,
    /// Nothing has changed, and the connection is well.
    Alive,
}

/// The next change of a printer, for whoever listens to them.
async fn next_printer(
    printers: &mut Option<broadcast::Receiver<Arc<PrinterView>>>,
) -> Result<Arc<PrinterView>, RecvError> {
    match printers {
        Some(printers) => printers.recv().await,
        None => pending().await,
    }
}

type Listener = mpsc::Sender<Result<Event, Infallible>>;

/// Sends a change to a listener who may know of it, and wants to.
async fn send_news(
    state: &AppState,
    change: &News,
    user: &User,
    filter: &Filter,
    news: &Listener,
) -> Option<()> {
    let (kind, text) = match change {
        News::Job(job) => {
            let wanted = filter.job.as_ref();
            let is_wanted = wanted.is_none_or(|wanted| *wanted == job.id);
            if !is_wanted || !may_see(user, job) {
                return Some(());
            }
            ("job", serde_json::to_string(&**job))
        }
        News::Printer(printer) => {
            if !printer.is_for(state, user) {
                return Some(());
            }
            ("printer", serde_json::to_string(&**printer))
        }
        // Whoever follows one job is told of nothing else.
        _ if filter.job.is_some() => return Some(()),
        News::Ready => ("ready", Ok("{}".to_owned())),
        News::Alive => ("alive", Ok("{}".to_owned())),
    };
    let event = Event::default().event(kind).data(text.expect("plain data"));
    news.send(Ok(event)).await.ok()
}

/// An error as programs see it: a status, and JSON with a message.
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    retry_after: Option<Duration>,
}

impl ApiError {
    fn new(status: StatusCode, message: impl Into<String>) -> ApiError {
        ApiError { status, message: message.into(), retry_after: None }
    }

    pub(crate) fn not_found(message: String) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: &str) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, message)
    }

    /// A panic: its details are in the log, and not for everybody.
    pub(crate) fn broken() -> ApiError {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server made a mistake, which it has logged",
        )
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        let retry_after = refusal.retry_after();
        let error = ApiError::new(refusal.status(), refusal.to_string());
        ApiError { retry_after, ..error }
    }
}

impl From<ResendError> for ApiError {
    fn from(error: ResendError) -> ApiError {
        match error {
            ResendError::Queue(error) => error.into(),
            ResendError::NoSuchPage(_) => {
                ApiError::new(StatusCode::BAD_REQUEST, error.to_string())
            }
            _ => ApiError::new(StatusCode::CONFLICT, error.to_string()),
        }
    }
}

impl From<ReprintError> for ApiError {
    fn from(error: ReprintError) -> ApiError {
        let status = match error {
            ReprintError::Refused(refusal) => return refusal.into(),
            ReprintError::Gone(_) => StatusCode::GONE,
            _ => StatusCode::CONFLICT,
        };
        ApiError::new(status, error.to_string())
    }
}

impl From<job_queue::Error> for ApiError {
    fn from(error: job_queue::Error) -> ApiError {
        let status = match error {
            job_queue::Error::NoSuchJob(_) => StatusCode::NOT_FOUND,
            job_queue::Error::NotPossible { .. } => StatusCode::CONFLICT,
            job_queue::Error::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        let message = match error {
            job_queue::Error::NotPossible { id, state, what } => {
                let state = state_word(state);
                format!("job {id} is {state}: it is not possible to {what} it")
            }
            other => other.to_string(),
        };
        ApiError::new(status, message)
    }
}

impl From<print_records::Error> for ApiError {
    fn from(error: print_records::Error) -> ApiError {
        use print_records::Error as E;
        let status = match &error {
            E::Time(_) => StatusCode::BAD_REQUEST,
            E::Queue(job_queue::Error::Full { .. })
            | E::Database(database::Error::Full { .. }) => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        ApiError::new(status, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!("a request failed: {}", self.message);
        }
        let body = json!({ "error": self.message });
        let mut response = (self.status, Json(body)).into_response();
        if let Some(time) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, time.as_secs().into());
        }
        response
    }
}
