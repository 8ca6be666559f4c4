//! The API of previews: a document is looked at before it becomes a job. And
//! small pictures of pages, of previews and of jobs.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use daemon::Daemon;
use daemon::http::RateLimit;
use driver::Finding;
use previews::{Preview, Previews, Source};
use relay::{Accepted, JobOptions, PrintJob, Sender, Submission};
use serde::Serialize;
use serde_json::{Map, Value};
use sign_in::User;
use tokio::sync::mpsc;
use tokio::time::interval;
use tokio_stream::wrappers::ReceiverStream;

use crate::api::{
    ApiError, AppState, may_print, no_such_job, number, with_queue,
};
use crate::visitor::may_look;

/// The most bytes of a wish in JSON.
const MOST_OF_WISH: usize = 16 * 1024;
/// How much of a document is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// A preview, as `POST /api/previews` answers with it.
#[derive(Serialize)]
struct PreviewView<'a> {
    /// Its name, for `POST /api/jobs`.
    id: &'a str,
    /// The file's name.
    name: &'a str,
    /// Its size in bytes.
    bytes: u64,
    /// What it is.
    format: String,
    /// How many pages it has.
    pages: u32,
    /// What will not be on paper as the document says, as sentences; what is
    /// lost comes first.
    notes: Vec<String>,
    /// Whether text, a picture or a page would be lost.
    incomplete: bool,
}

impl<'a> From<&'a Preview> for PreviewView<'a> {
    fn from(preview: &'a Preview) -> PreviewView<'a> {
        let document = &preview.document;
        let findings = &document.findings;
        PreviewView {
            id: &preview.id,
            name: &document.name,
            bytes: document.bytes,
            format: document.format.to_string(),
            pages: document.page_count,
            notes: findings.iter().map(Finding::to_string).collect(),
            incomplete: findings.iter().any(|finding| finding.loss),
        }
    }
}

type Shared = State<Arc<AppState>>;
type Visitor = Extension<User>;

/// `POST /api/previews`, and what can be asked of a preview.
pub(crate) fn routes(uploads: &RateLimit) -> Router<Arc<AppState>> {
    let look = Router::new()
        .route("/api/previews", post(look))
        // The intake has its own limits, and names them in its errors.
        .layer(DefaultBodyLimit::disable());
    uploads
        .protect(look)
        .route("/api/previews/{id}", get(show).delete(forget))
        .route("/api/previews/{id}/pages/{picture}", get(page))
}

/// Forgets, until the daemon ends, what nobody looks at any more.
pub(crate) fn forget_old(daemon: &Daemon, previews: &Previews) {
    const MINUTE: Duration = Duration::from_secs(60);
    let (previews, stop) = (previews.clone(), daemon.shutdown().wait());
    daemon.tasks().spawn("previews", async move {
        let mut clock = interval(MINUTE);
        let work = async {
            loop {
                clock.tick().await;
                previews.forget_old();
            }
        };
        tokio::select! {
            () = work => {}
            () = stop => {}
        }
    });
}

async fn look(
    State(state): Shared,
    Extension(user): Visitor,
    request: Request,
) -> Result<Response, ApiError> {
    may_print(&user)?;
    let document = state.intake.examine(request).await?;
    let preview = state.previews.add(&user.name, document);
    let place = format!("/api/previews/{}", preview.id);
    let view = Json(PreviewView::from(&*preview));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], view).into_response())
}

async fn show(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let preview = find(&state, &user, &id)?;
    Ok(Json(PreviewView::from(&*preview)).into_response())
}

async fn forget(
    State(state): Shared,
    Extension(user): Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    match state.previews.forget(&user.name, &id) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(no_such_preview()),
    }
}

async fn page(
    State(state): Shared,
    Extension(user): Visitor,
    Path((id, picture)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let preview = find(&state, &user, &id)?;
    let page = page_of(&picture)?;
    if page > preview.document.page_count {
        return Err(no_picture());
    }
    draw(&state, Source::of(&preview), page).await
}

/// `GET /api/jobs/{id}/pages/{n}.png`.
pub(crate) async fn page_of_job(
    State(state): Shared,
    Extension(user): Visitor,
    Path((id, picture)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (id, page) = (number(&id)?, page_of(&picture)?);
    let job = with_queue(&state, move |queue| queue.job(&id)).await?;
    let order = job.and_then(|job| PrintJob::from_payload(&job.payload).ok());
    let order = order.filter(|order| may_look(&user, order));
    let order = order.ok_or_else(|| no_such_job(&id.to_string()))?;
    let path = state.intake.spool.path(&order.document);
    draw(&state, Source::of_job(&order.document, path), page).await
}

async fn draw(
    state: &AppState,
    source: Source,
    page: u32,
) -> Result<Response, ApiError> {
    let picture = state.thumbnails.page(source, page).await;
    let picture = picture.ok_or_else(no_picture)?;
    let kind = [(header::CONTENT_TYPE, "image/png")];
    Ok((kind, Bytes::from_owner(picture)).into_response())
}

/// Makes a preview a job: `{"preview": "…", "pages": "3-7,10"}`, with each
/// field that a form could have.
pub(crate) async fn print(
    state: &AppState,
    user: &User,
    request: Request,
    key: Option<String>,
) -> Result<Accepted, ApiError> {
    let sender = request.extensions().get::<Sender>().cloned();
    let body = to_bytes(request.into_body(), MOST_OF_WISH).await;
    let body = body.map_err(|error| {
        ApiError::bad_request(format!("the wish cannot be read: {error}"))
    })?;
    let wish: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|error| ApiError::bad_request(error.to_string()))?;
    let mut options = JobOptions::default();
    let mut id = String::new();
    for (name, value) in wish {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Null => continue,
            _ => {
                let words = format!("`{name}`: say it in one word");
                return Err(ApiError::bad_request(words));
            }
        };
        match name.as_str() {
            "preview" => id = text,
            _ => options.set(&(name, text))?,
        }
    }
    let preview = find(state, user, &id)?;
    let submission = Submission {
        options,
        sender: sender.unwrap_or_default(),
        key,
        ..Submission::default()
    };
    let name = preview.document.name.clone();
    let document = read(state, preview);
    Ok(state.intake.receive_stream(document, &name, submission).await?)
}

/// The document of a preview, piece by piece.
fn read(
    state: &AppState,
    preview: Arc<Preview>,
) -> ReceiverStream<io::Result<Bytes>> {
    let (pieces, stream) = mpsc::channel(2);
    let work = move || {
        let send = || {
            let mut file = File::open(preview.document.path())?;
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                let part = (&mut file).take(PIECE as u64);
                let count = { part }.read_to_end(&mut piece)?;
                if count == 0 || pieces.blocking_send(Ok(piece.into())).is_err()
                {
                    return Ok(());
                }
            }
        };
        if let Err(error) = send() {
            let _ = pieces.blocking_send(Err(error));
        }
    };
    // It ends with the stream.
    drop(state.tasks.spawn_blocking("preview", work));
    ReceiverStream::new(stream)
}

fn find(
    state: &AppState,
    user: &User,
    id: &str,
) -> Result<Arc<Preview>, ApiError> {
    state.previews.get(&user.name, id).ok_or_else(no_such_preview)
}

fn no_such_preview() -> ApiError {
    let words = "there is no such preview any more: send the document again";
    ApiError::not_found(words.to_owned())
}

/// The page in the name of a picture: 12 in `12.png`.
fn page_of(picture: &str) -> Result<u32, ApiError> {
    let number =
        picture.strip_suffix(".png").and_then(|page| page.parse().ok());
    number.filter(|page| *page > 0).ok_or_else(no_picture)
}

fn no_picture() -> ApiError {
    ApiError::not_found("there is no picture of this page".to_owned())
}
