//! The HTTP server: its connections, their deadlines, and an orderly end.

mod rates;
mod wire;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use connection_timers::ConnectionTimers;
use connections::{ConnectionLimits, Connections, Place};
use hyper::Request as HyperRequest;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
pub use rates::{Person, RateLimit, too_often};
use serde_json::json;
pub use sign_in::design::PAGE_POLICY;
use sign_in::{BasePath, LocalAddress, OverTls};
use tls::Tls;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use wire::greet;
pub(crate) use wire::stays_here;

/// The media type of server-sent events (WHATWG HTML, section 9.2).
const EVENTS: &[u8] = b"text/event-stream";

/// How long a client may take to send the head of a request, and how long a
/// connection may wait for its next one.
const HEAD: Duration = Duration::from_secs(15);
/// How large a request's head may be, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// How many connections may be open. The usual limit of open files is 1024, an
/// upload needs two, and other parts need some as well.
const LIMITS: ConnectionLimits = ConnectionLimits {
    total: 256,
    share: 128,
    reserve: 128,
    patience: Duration::from_secs(1),
};
/// How long a connection in reserve may take for the head of its request, and
/// for the rest of it, which is not looked at.
const RESERVE_WAIT: Duration = Duration::from_secs(2);
/// How long the rest of a request is read when it is answered already: so long
/// a client may go on sending before it looks at the answer.
const REST: Duration = Duration::from_secs(30);
/// When a client should ask again that found no room, in seconds.
const ASK_AGAIN: &str = "5";
/// How long a client may read nothing of its answer.
const UNREAD: Duration = Duration::from_secs(30);
/// How long a client may keep us waiting once the program stops.
const STOP_WAIT: Duration = Duration::from_secs(1);
/// For how long an address that is taken is tried. The system may need a
/// moment to tidy up after a process that was killed.
const TAKEN: Duration = Duration::from_secs(5);

/// Opens the address of a server. When it is taken, it may become free within
/// a few seconds.
///
/// # Errors
/// With the address and what to do.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let give_up = Instant::now() + TAKEN;
    loop {
        let error = match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) => error,
        };
        let taken = error.kind() == io::ErrorKind::AddrInUse;
        if taken && Instant::now() < give_up {
            sleep(Duration::from_millis(100)).await;
            continue;
        }
        let message = format!(
            "cannot listen on {address}: {error}. Does it run already? Choose \
             another address with --listen"
        );
        return Err(io::Error::new(error.kind(), message));
    }
}

/// What a server answers, and in which way.
pub struct Server {
    /// The answers.
    pub app: Router,
    /// The answers when there is no room for another connection, to one
    /// request each. It should answer [`no_room`] to most of them.
    pub when_full: Router,
    /// The certificate, for clients that speak TLS.
    pub tls: Tls,
    /// Where a proxy shows the server. A request that still has this path
    /// before its own is answered as well.
    pub base_path: BasePath,
    /// Whether plain HTTP is answered on connections from other machines, too,
    /// and not only on this machine's own.
    pub plain_everywhere: bool,
}

impl Server {
    /// Serves until `stop` ends, then lets the requests under way finish, but
    /// not for longer than `grace`. Returns how many of them it had to cut.
    ///
    /// A client's first byte tells whether it speaks TLS. Plain HTTP from
    /// another machine is answered with 400 unless it is allowed.
    ///
    /// There are 256 connections at most, half of them for one client; those
    /// of a proxy are one client's. Beyond that, a newcomer takes the place of
    /// the connection that has waited longest for its client; where none waits,
    /// `when_full` answers the newcomer's one request.
    ///
    /// A handler gets the client's address with `ConnectInfo<SocketAddr>`, its
    /// own with [`LocalAddress`] and whether nobody can listen with
    /// [`OverTls`], and decides itself how long the body of a request may take.
    /// What it leaves of the body is read for up to 30 s, so that a client which
    /// is still sending gets its answer. A client that does not read its answer
    /// is cut off after 30 s, and after 1 s once the program stops. An answer
    /// without an end, such as server-sent events, must then end by itself, or
    /// it is cut as well.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) -> usize {
        serve_with(listener, self, UNREAD, stop, grace).await
    }
}

async fn serve_with(
    listener: TcpListener,
    server: Server,
    unread: Duration,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> usize {
    let graceful = GracefulShutdown::new();
    let connections = Connections::new(LIMITS);
    let tls = TlsAcceptor::from(server.tls.config());
    let use_tls = Router::new().fallback(use_tls).layer(from_fn(safe_headers));
    let stop_wait = STOP_WAIT.min(grace / 2);
    // Becomes true when the end begins. Dropped when all is over, which ends
    // the connections that are still open.
    let (stopping, stop_seen) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, most likely: let some close.
                tracing::warn!("cannot take a connection: {error}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // ANCHOR: place
        // Nobody waits outside: each newcomer gets a place at once, and what
        // it can have there.
        let timers = ConnectionTimers::new();
        let now = Instant::now().into_std();
        let waits = Arc::new(timers.clone());
        let admitted = connections.admit(peer.ip(), waits, now);
        let router = match admitted.place {
            Place::Service => server.app.clone(),
            Place::Reserve => server.when_full.clone(),
        };
        // ANCHOR_END: place
        // Our answers are small and somebody waits for each of them.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().ok();
        let is_open = server.plain_everywhere
            || local.is_some_and(|local| stays_here(local.ip()));
        let (tls, use_tls) = (tls.clone(), use_tls.clone());
        let base_path = server.base_path.clone();
        let place = admitted.place;
        let (begun, watcher) = (timers.clone(), graceful.watcher());
        let conversation = async move {
            let greeted = greet(stream, &begun, &tls);
            // Whoever breaks the protocol or leaves harms only itself.
            let Ok(Ok(wire)) = timeout(wait_for(place), greeted).await else {
                return;
            };
            let router = match wire.is_tls || is_open {
                true => router,
                false => use_tls,
            };
            let is_tls = wire.is_tls;
            let arrival = Arrival { peer, local, is_tls, base_path };
            let service = service(router, &begun, arrival, rest_time(place));
            let connection = http1_for(place)
                .serve_connection(TokioIo::new(wire.stream), service);
            let _ = watcher.watch(connection).await;
        };
        let mut stop_seen = stop_seen.clone();
        tokio::spawn(async move {
            let time_is_up = async {
                tokio::select! {
                    () = timers.unread(unread) => return,
                    _ = stop_seen.wait_for(|stopping| *stopping) => {}
                }
                tokio::select! {
                    () = timers.awaited(stop_wait) => {}
                    // Nothing is sent again: the channel is closed.
                    _ = stop_seen.changed() => {}
                }
            };
            tokio::select! {
                () = conversation => {}
                () = timers.closed() => {}
                () = time_is_up => {}
            }
            drop(admitted);
        });
    }
    // ANCHOR: end
    // Nobody can connect any more.
    drop(listener);
    // Clients that keep us waiting have one more second.
    stopping.send_replace(true);
    // Requests under way are answered, and their connections closed.
    match timeout(grace, graceful.shutdown()).await {
        Ok(()) => 0,
        // The rest is cut, and counted.
        Err(_) => connections.count(),
    }
    // ANCHOR_END: end
}

/// How long a client may take to begin: to shake hands, and then to send the
/// head of a request.
fn wait_for(place: Place) -> Duration {
    match place {
        Place::Service => HEAD,
        Place::Reserve => RESERVE_WAIT,
    }
}

/// How long what is left of a request is read.
fn rest_time(place: Place) -> Duration {
    match place {
        Place::Service => REST,
        Place::Reserve => RESERVE_WAIT,
    }
}

/// The protocol's settings for a connection.
fn http1_for(place: Place) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_BYTES)
        .header_read_timeout(wait_for(place))
        .keep_alive(place == Place::Service);
    builder
}

/// How the requests of one connection have come here.
struct Arrival {
    peer: SocketAddr,
    local: Option<SocketAddr>,
    is_tls: bool,
    base_path: BasePath,
}

/// Answers the requests of one connection, and notes when they come and when
/// their answers go.
fn service(
    router: Router,
    timers: &ConnectionTimers,
    arrival: Arrival,
    rest_time: Duration,
) -> impl Service<
    HyperRequest<Incoming>,
    Response = Response,
    Error = Infallible,
    Future: Send,
> + use<> {
    let service = TowerToHyperService::new(router);
    let timers = timers.clone();
    service_fn(move |request: HyperRequest<Incoming>| {
        let mut request = timers.request(request, rest_time);
        if let Some(uri) = arrival.base_path.strip(request.uri()) {
            *request.uri_mut() = uri;
        }
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(arrival.peer));
        extensions.insert(OverTls(arrival.is_tls));
        if let Some(local) = arrival.local {
            extensions.insert(LocalAddress(local));
        }
        let (answer, timers) = (service.call(request), timers.clone());
        async move { Ok::<_, Infallible>(timers.answer(answer.await?)) }
    })
}

/// Answers that there is no room, with 503 and the time to come back (RFC
/// 9110, sections 15.6.4 and 10.2.3).
pub async fn no_room() -> impl IntoResponse {
    let message = "all connections are taken: try again in a few seconds";
    let headers = [(header::RETRY_AFTER, ASK_AGAIN)];
    let body = Json(json!({ "error": message }));
    (StatusCode::SERVICE_UNAVAILABLE, headers, body)
}

/// Answers that the client should speak TLS, with 400: whatever it sent,
/// others could read.
async fn use_tls() -> impl IntoResponse {
    let message = "this server speaks TLS with other machines: write https:// \
        for http://, or ipps:// for ipp://. Its option --allow-plain-http \
        allows plain HTTP, which everybody on the way can read\n";
    let headers = [(header::CONNECTION, "close")];
    (StatusCode::BAD_REQUEST, headers, message)
}

/// Adds headers that suit every answer: the browser believes its media type,
/// keeps no copy, shows it in no other page's frame, and tells no other site
/// from which page a reader came. A header that is set already is left as it
/// is. A proxy such as nginx is asked to pass events on at once, and not to
/// gather them until its buffer is full.
pub async fn safe_headers(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 5] = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(EVENTS)) {
        let name = HeaderName::from_static("x-accel-buffering");
        headers.insert(name, HeaderValue::from_static("no"));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::pin::Pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll};

    use axum::body::{Body, Bytes, HttpBody};
    use axum::routing::{get, post};
    use hyper::body::Frame;
    use tls::Source;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::{Notify, oneshot};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    const LONG: Duration = Duration::from_secs(60);

    /// A server whose answer waits for `finish`, once `asked`.
    struct Slow {
        address: SocketAddr,
        asked: Arc<Notify>,
        finish: Arc<Notify>,
        stop: oneshot::Sender<()>,
        served: tokio::task::JoinHandle<usize>,
    }

    /// A server with a certificate of its own.
    fn server(app: Router) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().to_owned();
        let names = vec!["localhost".to_owned()];
        let tls = Tls::open(Source::Own { data, names });
        Server {
            app,
            when_full: Router::new().fallback(no_room),
            tls: tls.expect("a certificate"),
            base_path: BasePath::default(),
            plain_everywhere: false,
        }
    }

    async fn slow(grace: Duration) -> Slow {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = listen(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (asked, finish) =
            (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (told, wait) = (asked.clone(), finish.clone());
        let answer = async move || {
            told.notify_one();
            wait.notified().await;
            "done"
        };
        let router = Router::new().route("/", get(answer));
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let served = server(router).serve(listener, stopped, grace);
        let served = tokio::spawn(served);
        Slow { address, asked, finish, stop, served }
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_before_the_end() {
        let server = slow(LONG).await;
        let mut client = TcpStream::connect(server.address).await.expect("in");
        // One that asks nothing holds up nobody.
        let _idle = TcpStream::connect(server.address).await.expect("in");
        client.write_all(REQUEST).await.expect("sent");
        server.asked.notified().await;
        server.stop.send(()).expect("the server runs");
        server.finish.notify_one();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.ends_with("done"), "{answer}");
        assert_eq!(server.served.await.expect("no panic"), 0);
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[tokio::test]
    async fn a_request_that_does_not_end_is_cut_and_counted() {
        let server = slow(Duration::from_millis(20)).await;
        let mut client = TcpStream::connect(server.address).await.expect("in");
        client.write_all(REQUEST).await.expect("sent");
        server.asked.notified().await;
        server.stop.send(()).expect("the server runs");
        assert_eq!(server.served.await.expect("no panic"), 1);
        let mut answer = String::new();
        // Reset or closed, as the system likes.
        let _ = client.read_to_string(&mut answer).await;
        assert_eq!(answer, "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_finish_its_request_is_cut_off() {
        let server = slow(LONG).await;
        let mut client = TcpStream::connect(server.address).await.expect("in");
        client.write_all(b"GET / HTTP/1.1\r\nHo").await.expect("sent");
        let mut answer = Vec::new();
        // The clock of the test runs ahead while all wait.
        let _ = client.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }

    /// An answer without an end. When it is given up, its sender is dropped.
    struct Endless(#[expect(dead_code)] oneshot::Sender<()>);

    impl HttpBody for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let piece = Bytes::from_static(&[b'x'; 65_536]);
            Poll::Ready(Some(Ok(Frame::data(piece))))
        }
    }

    /// A server with an endless answer and with a handler that reads a body.
    /// The receiver ends when the endless answer is given up.
    async fn patient(unread: Duration) -> (Slow, oneshot::Receiver<()>) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = listen(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (alive, gone) = oneshot::channel();
        let alive = Arc::new(Mutex::new(Some(alive)));
        let endless = async move || {
            let alive = alive.lock().expect("no panic").take();
            Body::new(Endless(alive.expect("asked once")))
        };
        let asked = Arc::new(Notify::new());
        let told = asked.clone();
        let form = async move |request: Request| {
            told.notify_one();
            let body = axum::body::to_bytes(request.into_body(), 99).await;
            format!("{} bytes", body.map_or(0, |body| body.len()))
        };
        let router = Router::new()
            .route("/endless", get(endless))
            .route("/form", post(form));
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let server = server(router);
        let served = serve_with(listener, server, unread, stopped, LONG);
        let served = tokio::spawn(served);
        let finish = Arc::default();
        (Slow { address, asked, finish, stop, served }, gone)
    }

    async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(address).await.expect("in");
        client.write_all(bytes).await.expect("sent");
        client
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_of_its_answer_is_cut_off() {
        let (server, gone) = patient(Duration::from_millis(100)).await;
        let request = b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n";
        let _client = send(server.address, request).await;
        let gone = tokio::time::timeout(LONG, gone).await;
        assert!(gone.expect("cut off").is_err());
        // Its place is free before the end begins.
        server.stop.send(()).expect("the server runs");
        assert_eq!(server.served.await.expect("no panic"), 0);
    }

    #[tokio::test]
    async fn clients_that_keep_us_waiting_do_not_hold_up_the_end() {
        let (server, _gone) = patient(LONG).await;
        let head = "POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 10";
        let _half_a_head = send(server.address, head.as_bytes()).await;
        let endless = b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n";
        let _unread = send(server.address, endless).await;
        let head = format!("{head}\r\n\r\n12345");
        let mut half_a_body = send(server.address, head.as_bytes()).await;
        server.asked.notified().await;
        server.stop.send(()).expect("the server runs");
        assert_eq!(server.served.await.expect("no panic"), 0);
        let mut answer = Vec::new();
        let _ = half_a_body.read_to_end(&mut answer).await;
        assert!(answer.is_empty());
    }

    /// What a client reads that sends all of its request before it looks.
    async fn sent_and_read(request: Vec<u8>) -> String {
        let (server, _gone) = patient(LONG).await;
        let client = TcpStream::connect(server.address).await.expect("in");
        let (mut answer, mut sender) = client.into_split();
        sender.write_all(&request).await.expect("all of it is taken");
        let mut text = String::new();
        answer.read_to_string(&mut text).await.expect("an answer");
        text
    }

    #[tokio::test]
    async fn a_client_that_sends_much_in_vain_still_gets_its_answer() {
        // Far more than fits into the buffers of the system.
        let much = vec![b'x'; 64 << 20];
        let head = format!(
            "POST /form HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n",
            much.len()
        );
        let answer = sent_and_read([head.as_bytes(), &much].concat()).await;
        assert!(answer.ends_with("0 bytes"), "{answer}");
        // The same in one chunk, as those send that do not know the length.
        let head = format!(
            "POST /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
            much.len()
        );
        let end = b"\r\n0\r\n\r\n";
        let request = [head.as_bytes(), &much, end].concat();
        let answer = sent_and_read(request).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }

    #[tokio::test]
    async fn a_connection_is_kept_after_a_request_that_was_not_read() {
        let (server, _gone) = patient(LONG).await;
        let unread = b"POST /nowhere HTTP/1.1\r\nHost: h\r\n\
            Content-Length: 5\r\n\r\n12345";
        let read = b"POST /form HTTP/1.1\r\nHost: h\r\n\
            Connection: close\r\nContent-Length: 3\r\n\r\nabc";
        let mut client = send(server.address, unread).await;
        client.write_all(read).await.expect("sent");
        let mut answers = String::new();
        client.read_to_string(&mut answers).await.expect("answers");
        assert!(answers.starts_with("HTTP/1.1 404"), "{answers}");
        assert!(answers.ends_with("3 bytes"), "{answers}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_client_promises_to_send_is_not_waited_for_long() {
        let (server, _gone) = patient(LONG).await;
        for expect in ["", "Expect: 100-continue\r\n"] {
            let head = format!(
                "POST /nowhere HTTP/1.1\r\nHost: h\r\n{expect}\
                 Content-Length: 10\r\n\r\n"
            );
            let begun = Instant::now();
            let mut client = send(server.address, head.as_bytes()).await;
            let mut answer = String::new();
            // The clock of the test runs ahead while all wait.
            client.read_to_string(&mut answer).await.expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
            assert!(begun.elapsed() < HEAD, "{:?}", begun.elapsed());
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_named() {
        let server = slow(LONG).await;
        let error = listen(server.address).await.expect_err("taken");
        let error = error.to_string();
        assert!(error.contains(&server.address.to_string()), "{error}");
        assert!(error.contains("--listen"), "{error}");
    }
}
