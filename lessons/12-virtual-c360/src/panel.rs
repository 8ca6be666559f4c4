use crate::fault::Fault;
use crate::machine::{Machine, MachineStatus};
use crate::thumbnail::thumbnail;
use crate::tray::TrayPage;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

/// The machine's front panel, a web page, on a thread of its own.
pub(crate) struct Panel {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Shared {
    machine: Arc<Machine>,
    /// Where the machine takes jobs.
    port: SocketAddr,
}

impl Panel {
    pub fn open(
        machine: Arc<Machine>,
        port: SocketAddr,
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
        let routes = routes(Shared { machine, port });
        let thread = thread::Builder::new().name("c360-panel".into()).spawn(
            move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = axum::serve(socket, routes) => {}
                        _ = stopped => {}
                    }
                });
                // Pages that are open in a browser are not waited for.
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

fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/api/status", get(status))
        .route("/api/pages", get(pages))
        .route("/api/pages/{name}", get(picture))
        .route("/api/faults", post(faults))
        .route("/api/events", get(events))
        .layer(middleware::from_fn(only_our_own_page))
        .with_state(shared)
}

async fn page() -> impl IntoResponse {
    let policy = "default-src 'none'; img-src 'self' data:; connect-src \
                  'self'; style-src 'unsafe-inline'; script-src \
                  'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(include_str!("panel.html")),
    )
}

async fn status(State(shared): State<Shared>) -> Json<MachineStatus> {
    Json(shared.machine.status())
}

async fn pages(State(shared): State<Shared>) -> Json<Vec<TrayPage>> {
    Json(shared.machine.pages())
}

#[derive(Deserialize)]
struct Size {
    width: Option<u32>,
}

/// `/api/pages/7.png`, or a small one with `?width=240`.
async fn picture(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(Size { width }): Query<Size>,
) -> Response {
    let number = name.strip_suffix(".png").and_then(|n| n.parse().ok());
    let page = number.and_then(|number| shared.machine.page(number));
    let Some(page) = page else {
        return refuse(StatusCode::NOT_FOUND, "no such page in the tray");
    };
    let read = tokio::task::spawn_blocking(move || match width {
        Some(width) => thumbnail(&page.file, width),
        None => std::fs::read(&page.file),
    });
    match read.await {
        Ok(Ok(bytes)) => (
            [
                (header::CONTENT_TYPE, "image/png"),
                // The page asks with the time of printing in the address.
                (header::CACHE_CONTROL, "private, max-age=86400"),
            ],
            bytes,
        )
            .into_response(),
        _ => refuse(StatusCode::NOT_FOUND, "the page's file is gone"),
    }
}

#[derive(Deserialize)]
struct Wish {
    fault: Fault,
}

async fn faults(
    State(shared): State<Shared>,
    wish: Result<Json<Wish>, axum::extract::rejection::JsonRejection>,
) -> Response {
    let Ok(Json(Wish { fault })) = wish else {
        let names = Fault::ALL.map(Fault::name).join("|");
        let words = format!("send {{\"fault\": \"{names}\"}} as JSON");
        return refuse(StatusCode::BAD_REQUEST, &words);
    };
    // It waits until the network shows the fault.
    let Shared { machine, port } = shared.clone();
    let set = move || machine.set_fault(fault, port);
    let _ = tokio::task::spawn_blocking(set).await;
    Json(shared.machine.status()).into_response()
}

/// The machine's status, and the pages that are new since the last event.
#[derive(Serialize)]
struct Change {
    status: MachineStatus,
    pages: Vec<TrayPage>,
}

async fn events(
    State(shared): State<Shared>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut last = 0;
    let changes = WatchStream::new(shared.machine.watch());
    let events = changes.map(move |_| {
        let mut pages = shared.machine.pages();
        pages.retain(|page| page.number > last);
        last = pages.last().map_or(last, |page| page.number);
        let status = shared.machine.status();
        let change = serde_json::to_string(&Change { status, pages });
        // Strings and numbers always become JSON.
        Ok(Event::default().data(change.unwrap_or_default()))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// A page of somebody else's, open in the same browser, must not jam the
/// printer: not by asking directly (its `Origin` is another), and not by
/// giving its own name our address (then `Host` has that name; an address or
/// `localhost` cannot be taken over so).
async fn only_our_own_page(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST);
    if !host.as_deref().is_some_and(is_our_name) {
        let words = "call this panel by its address or as localhost";
        return refuse(StatusCode::FORBIDDEN, words);
    }
    let origin = text(headers, header::ORIGIN);
    let own = host.map(|host| format!("http://{host}"));
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if !reads && origin.is_some() && origin != own {
        let words = "only the panel's own page may do this";
        return refuse(StatusCode::FORBIDDEN, words);
    }
    next.run(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn is_our_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

fn refuse(status: StatusCode, words: &str) -> Response {
    (status, Json(serde_json::json!({ "error": words }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_our_names() {
        for host in ["127.0.0.1:9180", "localhost", "[::1]:9180", "10.0.0.7"] {
            assert!(is_our_name(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example:80", "[x"] {
            assert!(!is_our_name(host), "{host}");
        }
    }
}
