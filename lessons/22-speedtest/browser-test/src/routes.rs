//! The requests of the page, for a server that is made with axum.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;
use tokio_stream::StreamExt;

use crate::{
    Count, DOWNLOAD, Finding, NotCounted, NotKept, Page, Tests, file, noise,
};

/// The folder of all that the page asks for, as the page names it.
pub const FOLDER: &str = "speedtest";
/// Bytes that are sent at once.
const PIECE: usize = 256 << 10;
/// How long a browser may be silent in the middle of an upload.
const SILENCE: Duration = Duration::from_secs(15);

/// What keeps a finding, such as a history. Its words are for the user.
pub type Keeper = Arc<dyn Fn(Finding) -> Result<(), NotKept> + Send + Sync>;

/// What all requests share.
#[derive(Clone)]
struct Server {
    tests: Arc<Tests>,
    page: Arc<str>,
    keeper: Keeper,
}

/// The page at `/speedtest`, and what it asks for. What its user wants to keep
/// is given to `keeper`.
pub fn routes(page: &Page, keeper: Keeper) -> Router {
    let server =
        Server { tests: Arc::default(), page: page.html().into(), keeper };
    Router::new()
        .route("/speedtest", get(show))
        .route("/speedtest/{name}", get(send_file))
        .route("/speedtest/down", get(download))
        .route("/speedtest/up", post(upload))
        .route("/speedtest/ping", get(ping))
        .route("/speedtest/results", post(keep))
        .with_state(server)
}

/// Which test a request is for.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    test: String,
}

async fn show(State(server): State<Server>) -> Response {
    text("text/html; charset=utf-8", server.page.to_string())
}

async fn send_file(Path(name): Path<String>) -> Response {
    match file(&name) {
        Some(file) => text(file.kind, file.text),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text(kind: &'static str, text: impl IntoResponse) -> Response {
    let about = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, design::PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (about, text).into_response()
}

async fn download(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
) -> Result<Response, NotCounted> {
    server.tests.counter(&asked.test)?;
    let pieces = DOWNLOAD / PIECE as u64;
    let noise = noise().chunks_exact(PIECE).cycle();
    let body = noise.take(pieces as usize);
    let body = body.map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece)));
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        // Nothing on the way may keep it, or make it smaller.
        (header::CACHE_CONTROL, "no-store, no-transform"),
    ];
    let body = Body::from_stream(tokio_stream::iter(body));
    Ok((about, body).into_response())
}

// ANCHOR: upload
/// Counts an upload while it comes.
async fn upload(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<StatusCode, NotCounted> {
    let counter = server.tests.counter(&asked.test)?;
    let mut body = request.into_body().into_data_stream();
    loop {
        match timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(piece))) => counter.add(piece.len() as u64),
            Ok(None) => return Ok(StatusCode::NO_CONTENT),
            // The browser breaks off when it knows enough.
            Ok(Some(Err(_))) => return Ok(StatusCode::BAD_REQUEST),
            Err(_) => return Ok(StatusCode::REQUEST_TIMEOUT),
        }
    }
}
// ANCHOR_END: upload

async fn ping(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse, NotCounted> {
    let counter = server.tests.counter(&asked.test)?;
    let count: Count = server.tests.count(&counter);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(count)))
}

async fn keep(
    State(server): State<Server>,
    Json(finding): Json<Finding>,
) -> Result<StatusCode, NotKept> {
    finding.check()?;
    // It may wait for a disk.
    let kept = tokio::task::spawn_blocking(move || (server.keeper)(finding));
    match kept.await {
        Ok(kept) => kept.map(|()| StatusCode::NO_CONTENT),
        Err(panic) => Err(NotKept::NotWritten(panic.to_string())),
    }
}

impl IntoResponse for NotCounted {
    fn into_response(self) -> Response {
        let status = match self {
            NotCounted::Name => StatusCode::BAD_REQUEST,
            NotCounted::Full => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

impl IntoResponse for NotKept {
    fn into_response(self) -> Response {
        let status = match self {
            NotKept::Figure(_) | NotKept::Name => StatusCode::BAD_REQUEST,
            NotKept::NotWritten(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
