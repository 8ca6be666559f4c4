//! A connection to the server of a page: opened step by step, each of which is
//! a phase of the check that has a time of its own.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Request;
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{self, Instant};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use super::address::shown;
use super::failure::failure;
use super::verifier::Witness;
use super::{Answer, Http, no_answer};
use crate::report::milliseconds;
use crate::{Error, ErrorKind, Family, race, resolve};

/// The fields that an answer may have: browsers take several hundred.
const MOST_FIELDS: usize = 500;

/// An answer whose body is still to come.
pub(super) type Response = hyper::Response<Incoming>;

/// A connection for one request.
pub(super) struct Connection {
    sender: SendRequest<String>,
    /// Moves the bytes. Dropped, it stops.
    _task: JoinSet<()>,
}

impl Connection {
    // ANCHOR: open
    /// Opens a connection to the server of this page: its name, a connection,
    /// and for `https` a handshake.
    pub async fn open(
        http: &Http,
        url: &Url,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<Connection, Error> {
        let began = Instant::now();
        let addresses = addresses(url, http.family, end).await;
        answer.phases().name_ms += milliseconds(began.elapsed());
        let addresses = addresses?;

        let began = Instant::now();
        let stream = race::connect(&shown(url.as_str()), &addresses, end).await;
        answer.phases().connect_ms += milliseconds(began.elapsed());
        remember(url, &addresses, stream.as_ref().ok());
        let stream = stream?;
        answer.address = stream.peer_addr().ok().map(|peer| peer.ip());

        if url.scheme() == "http" {
            return Connection::start(url, stream).await;
        }
        let began = Instant::now();
        let any = http.any_certificate;
        let stream = shake_hands(url, stream, any, end, answer).await;
        answer.phases().tls_ms += milliseconds(began.elapsed());
        Connection::start(url, stream?).await
    }
    // ANCHOR_END: open

    async fn start(
        url: &Url,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Connection, Error> {
        let stream = TokioIo::new(stream);
        let (sender, connection) = Builder::new()
            .max_headers(MOST_FIELDS)
            .handshake(stream)
            .await
            .map_err(|error| failure(url, &error))?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Whoever waits for the answer gets the error too.
            let _ = connection.await;
        });
        Ok(Connection { sender, _task: task })
    }

    /// Sends the request; the answer is there with the first of its bytes.
    pub async fn send(
        &mut self,
        request: Request<String>,
        url: &Url,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<Response, Error> {
        let began = Instant::now();
        let sent = self.sender.send_request(request);
        let response = time::timeout_at(end, sent).await;
        answer.phases().first_byte_ms += milliseconds(began.elapsed());
        match response {
            Ok(response) => response.map_err(|error| failure(url, &error)),
            Err(_) => Err(no_answer(&shown(url.as_str()))),
        }
    }
}

/// The next bytes of the body; nothing at its end.
pub(super) async fn chunk(
    response: &mut Response,
) -> Result<Option<Bytes>, hyper::Error> {
    let body = response.body_mut();
    loop {
        let frame = poll_fn(|task| Pin::new(&mut *body).poll_frame(task));
        let Some(frame) = frame.await.transpose()? else { return Ok(None) };
        // Others are trailers.
        if let Ok(bytes) = frame.into_data() {
            return Ok(Some(bytes));
        }
    }
}

/// The handshake of TLS (RFC 8446). The certificate is noted in the answer,
/// also that of a server which is refused.
async fn shake_hands(
    url: &Url,
    stream: TcpStream,
    any_certificate: bool,
    end: Instant,
    answer: &mut Answer,
) -> Result<TlsStream<TcpStream>, Error> {
    let host = bare_host(url).to_owned();
    let name = ServerName::try_from(host).map_err(|_| {
        let message =
            format!("{}: no certificate has such a name", shown(url.as_str()));
        Error::new(ErrorKind::Invalid, message)
    })?;
    let witness = Witness::new(any_certificate);
    let witness = witness.map_err(|error| failure(url, &error))?;
    let connector = TlsConnector::from(Arc::new(witness.config()));
    let shaken = time::timeout_at(end, connector.connect(name, stream)).await;
    answer.certificate_days = witness.days();
    match shaken {
        Ok(shaken) => shaken.map_err(|error| failure(url, &error)),
        Err(_) => Err(no_answer(&shown(url.as_str()))),
    }
}

/// The addresses of the URL's host, best first.
async fn addresses(
    url: &Url,
    family: Family,
    end: Instant,
) -> Result<Vec<SocketAddr>, Error> {
    let host = bare_host(url);
    // Not the server's silence, but the resolver's.
    let never = Duration::from_secs(3600);
    let found = resolve::addresses(host, family, never);
    let found = time::timeout_at(end, found).await.map_err(|_| {
        let message = format!("{host}: no word from the resolver in time");
        Error::new(ErrorKind::Unresolved, message)
    })??;
    let mut addresses = race::with_port(&found, place(url).1);
    // Of several, the one that took a connection before comes first.
    let before = known().get(&place(url)).copied();
    addresses.sort_by_key(|address| Some(*address) != before);
    Ok(addresses)
}

fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

type Known = HashMap<(String, u16), SocketAddr>;

/// Of the hosts with several addresses, the one that took a connection.
fn known() -> MutexGuard<'static, Known> {
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes which of several addresses took a connection, or that none did.
fn remember(url: &Url, all: &[SocketAddr], stream: Option<&TcpStream>) {
    match stream.and_then(|stream| stream.peer_addr().ok()) {
        Some(winner) if all.len() > 1 => {
            known().insert(place(url), winner);
        }
        Some(_) => {}
        None => {
            known().remove(&place(url));
        }
    }
}

fn place(url: &Url) -> (String, u16) {
    let port = url.port_or_known_default().unwrap_or(80);
    (url.host_str().unwrap_or_default().to_owned(), port)
}
