//! The machine's front panel: a web page, and the API behind it.

mod same_origin;

use std::convert::Infallible;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

use crate::fault::Fault;
use crate::machine::Machine;
use crate::secure_box::SecureJob;
use crate::status::MachineStatus;
use crate::thumbnail::thumbnail;
use crate::tray::TrayPage;

/// The page's content security policy: nothing from elsewhere.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; connect-src \
                      'self'; style-src 'unsafe-inline'; script-src \
                      'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The state that each handler gets.
type Shared = State<Arc<Machine>>;

/// The panel's web server, on a thread of its own.
pub(crate) struct Panel {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Panel {
    pub fn open(
        machine: Arc<Machine>,
        address: SocketAddr,
    ) -> io::Result<Panel> {
        let socket = std::net::TcpListener::bind(address)?;
        let address = socket.local_addr()?;
        socket.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("c360-panel")
            .enable_all()
            .build()?;
        let socket = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(socket)?
        };
        let (stop, stopped) = oneshot::channel();
        let routes = routes(machine);
        let thread = thread::Builder::new().name("c360-panel".into()).spawn(
            move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = axum::serve(socket, routes) => {}
                        _ = stopped => {}
                    }
                });
                // Does not wait for the pages that are open in browsers.
                runtime.shutdown_background();
            },
        )?;
        Ok(Panel { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn routes(machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/api/status", get(status))
        .route("/api/pages", get(pages))
        .route("/api/pages/{name}", get(page_image))
        .route("/api/faults", post(set_fault))
        .route("/api/box", get(secure_jobs))
        .route("/api/box/{number}/print", post(print_from_box))
        .route("/api/accounts/unlock", post(unlock))
        .route("/api/events", get(events))
        .layer(middleware::from_fn(same_origin::check))
        .with_state(machine)
}

async fn page() -> impl IntoResponse {
    (
        [(header::CONTENT_SECURITY_POLICY, POLICY)],
        Html(include_str!("panel/panel.html")),
    )
}

async fn status(State(machine): Shared) -> Json<MachineStatus> {
    Json(machine.status())
}

async fn pages(State(machine): Shared) -> Json<Vec<TrayPage>> {
    Json(machine.pages())
}

#[derive(Deserialize)]
struct ImageQuery {
    width: Option<u32>,
}

/// `/api/pages/7.png`, or a small picture with `?width=240`.
async fn page_image(
    State(machine): Shared,
    Path(name): Path<String>,
    Query(ImageQuery { width }): Query<ImageQuery>,
) -> Response {
    let number = name.strip_suffix(".png").and_then(|n| n.parse().ok());
    let page = number.and_then(|number| machine.page(number));
    let Some(page) = page else {
        return refuse(StatusCode::NOT_FOUND, "no such page in the tray");
    };
    let read = tokio::task::spawn_blocking(move || match width {
        Some(width) => thumbnail(&page.file, width),
        None => fs::read(&page.file),
    });
    match read.await {
        Ok(Ok(bytes)) => (
            [
                (header::CONTENT_TYPE, "image/png"),
                // The panel's page adds the time of printing to the address.
                (header::CACHE_CONTROL, "private, max-age=86400"),
            ],
            bytes,
        )
            .into_response(),
        _ => refuse(StatusCode::NOT_FOUND, "the page's file is gone"),
    }
}

#[derive(Deserialize)]
struct FaultRequest {
    fault: Fault,
}

async fn set_fault(
    State(machine): Shared,
    request: Result<Json<FaultRequest>, JsonRejection>,
) -> Response {
    let Ok(Json(FaultRequest { fault })) = request else {
        let names = Fault::ALL.map(Fault::name).join("|");
        let text = format!("send {{\"fault\": \"{names}\"}} as JSON");
        return refuse(StatusCode::BAD_REQUEST, &text);
    };
    // It blocks until the network shows the fault.
    let changing = Arc::clone(&machine);
    let set = move || changing.set_fault(fault);
    let _ = tokio::task::spawn_blocking(set).await;
    Json(machine.status()).into_response()
}

async fn secure_jobs(State(machine): Shared) -> Json<Vec<SecureJob>> {
    Json(machine.secure_jobs())
}

#[derive(Deserialize)]
struct BoxKey {
    password: String,
}

async fn print_from_box(
    State(machine): Shared,
    Path(number): Path<u64>,
    request: Result<Json<BoxKey>, JsonRejection>,
) -> Response {
    let Ok(Json(BoxKey { password })) = request else {
        let text = "send {\"password\": \"…\"} as JSON";
        return refuse(StatusCode::BAD_REQUEST, text);
    };
    match machine.print_from_box(number, &password) {
        Ok(true) => Json(machine.secure_jobs()).into_response(),
        Ok(false) => {
            let text = "no job in the box has this number and password";
            refuse(StatusCode::FORBIDDEN, text)
        }
        Err(error) => {
            let text = format!("the job cannot be printed now: {error}");
            refuse(StatusCode::SERVICE_UNAVAILABLE, &text)
        }
    }
}

async fn unlock(State(machine): Shared) -> Json<Vec<String>> {
    machine.unlock_accounts();
    Json(machine.locked_accounts())
}

/// The machine's status, the pages that are new since the last event, and what
/// waits for a person at the panel.
#[derive(Serialize)]
struct Update {
    status: MachineStatus,
    pages: Vec<TrayPage>,
    secure_jobs: Vec<SecureJob>,
    locked: Vec<String>,
}

async fn events(
    State(machine): Shared,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut last = 0;
    let changes = WatchStream::new(machine.watch());
    let events = changes.map(move |_| {
        let mut pages = machine.pages();
        pages.retain(|page| page.number > last);
        last = pages.last().map_or(last, |page| page.number);
        let status = machine.status();
        let secure_jobs = machine.secure_jobs();
        let locked = machine.locked_accounts();
        let update = Update { status, pages, secure_jobs, locked };
        let update = serde_json::to_string(&update);
        // Strings and numbers can always be written as JSON.
        Ok(Event::default().data(update.unwrap_or_default()))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn refuse(status: StatusCode, text: &str) -> Response {
    (status, Json(serde_json::json!({ "error": text }))).into_response()
}
