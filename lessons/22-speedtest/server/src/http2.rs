//! Clients that speak HTTP/2 over TLS (RFC 9113), as the newest of
//! networkQuality do.
//!
//! Which version is spoken is settled in the TLS handshake (RFC 7301, ALPN), in
//! the client's first message. HTTP/2 itself is hyper's: what is answered is
//! the same as over HTTP/1.1.

use std::convert::Infallible;
use std::io::{self, Cursor, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use axum::body::{Body as HttpBody, Bytes};
use browser_test::noise;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::AsyncReadExt;
use tokio::runtime::Builder;
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;
use tokio_stream::StreamExt;

use crate::answer::{Answer, Body, Exchange};
use crate::input::LONGEST_HEAD;
use crate::request::{Length, Malformed, Request, digits, is_plain};
use crate::route::{MOST_UPLOAD, Refusal, Route};
use crate::state::State;

/// The name of HTTP/2 in the handshake.
const NAME: &[u8] = b"h2";
/// Bytes that are sent at once.
const PIECE: usize = 256 << 10;
/// Bytes that a client may send before we have taken note of them: what is on
/// its way on a fast and long line.
const WINDOW: u32 = 8 << 20;

/// The configuration for clients that speak HTTP/2.
pub(crate) fn configuration(http1: &ServerConfig) -> Arc<ServerConfig> {
    let mut http2 = http1.clone();
    http2.alpn_protocols = vec![NAME.to_vec()];
    Arc::new(http2)
}

/// What a client has said first.
pub(crate) struct Hello {
    /// Its bytes, which the handshake begins with.
    pub(crate) bytes: Vec<u8>,
    /// Whether it can speak HTTP/2.
    pub(crate) speaks_http2: bool,
}

/// Reads what a client says first.
pub(crate) fn hello(stream: &mut (impl Read + Write)) -> io::Result<Hello> {
    let mut acceptor = Acceptor::default();
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 || bytes.len() + read > LONGEST_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.extend(&piece[..read]);
        acceptor.read_tls(&mut &piece[..read])?;
        let accepted = acceptor.accept();
        let accepted =
            accepted.map_err(|(error, _)| io::Error::other(error))?;
        if let Some(accepted) = accepted {
            let mut offered =
                accepted.client_hello().alpn().into_iter().flatten();
            let speaks_http2 = offered.any(|name| name == NAME);
            return Ok(Hello { bytes, speaks_http2 });
        }
    }
}

/// Serves a client that speaks HTTP/2 until it leaves.
pub(crate) fn serve(
    stream: &TcpStream,
    hello: Vec<u8>,
    config: Arc<ServerConfig>,
    state: Arc<State>,
) -> io::Result<()> {
    let client = Arc::new(Client {
        local: stream.local_addr()?.to_string(),
        address: stream.peer_addr()?.ip().to_canonical(),
        moved: AtomicU64::new(0),
        state,
    });
    let stream = stream.try_clone()?;
    stream.set_nonblocking(true)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream)?;
        let (reader, writer) = stream.into_split();
        let whole = AsyncReadExt::chain(Cursor::new(hello), reader);
        let whole = tokio::io::join(whole, writer);
        tokio::select! {
            ended = client.clone().converse(whole, config) => ended,
            () = client.falls_silent() => Err(io::ErrorKind::TimedOut.into()),
        }
    })
}

struct Client {
    /// Where this client reached us.
    local: String,
    address: IpAddr,
    /// Bytes of bodies, and what stands for a request.
    moved: AtomicU64,
    state: Arc<State>,
}

impl Client {
    async fn converse(
        self: Arc<Client>,
        stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
        config: Arc<ServerConfig>,
    ) -> io::Result<()> {
        let encrypted = TlsAcceptor::from(config).accept(stream).await?;
        let service = service_fn(|request| {
            let client = self.clone();
            async move { Ok::<_, Infallible>(client.exchange(request).await) }
        });
        http2::Builder::new(TokioExecutor::new())
            .initial_connection_window_size(WINDOW)
            .initial_stream_window_size(WINDOW)
            .max_header_list_size(LONGEST_HEAD as u32)
            .serve_connection(TokioIo::new(encrypted), service)
            .await
            .map_err(io::Error::other)
    }

    /// Waits until so little has moved as on no connection that is used: over
    /// HTTP/1.1 the rule is the same.
    async fn falls_silent(&self) {
        let mut spans = interval(self.state.patience);
        spans.tick().await;
        let mut before = 0;
        loop {
            spans.tick().await;
            let moved = self.moved.load(Relaxed);
            if moved < before + LONGEST_HEAD as u64 {
                return;
            }
            before = moved;
        }
    }

    /// One request and its answer.
    async fn exchange(
        self: Arc<Client>,
        asked: hyper::Request<Incoming>,
    ) -> hyper::Response<HttpBody> {
        self.moved.fetch_add(LONGEST_HEAD as u64, Relaxed);
        let answer = match read(&asked) {
            Err(malformed) => malformed.answer(),
            Ok(request) => match self.answer(&request, asked).await {
                Ok(answer) => answer,
                Err(refusal) => refusal.answer(),
            },
        };
        self.response(answer)
    }

    async fn answer(
        &self,
        request: &Request,
        asked: hyper::Request<Incoming>,
    ) -> Result<Answer, Refusal> {
        let route = Route::find(request)?;
        let counter = self.state.counter(route, request)?;
        let mut body = HttpBody::new(asked.into_body()).into_data_stream();
        let mut received = 0;
        // When the client breaks off, nobody waits for the answer.
        while let Some(Ok(piece)) = body.next().await {
            let bytes = piece.len() as u64;
            received += bytes;
            self.moved.fetch_add(bytes, Relaxed);
            self.state.bytes_received.fetch_add(bytes, Relaxed);
            if let Some(counter) = &counter {
                counter.add(bytes);
            }
            if received > MOST_UPLOAD {
                return Err(Refusal::TooLong);
            }
        }
        let exchange = Exchange {
            request,
            scheme: "https",
            version: "http/2",
            local: &self.local,
            client: self.address,
            received,
            count: counter.map(|counter| self.state.tests.count(&counter)),
            since: Instant::now(),
        };
        Ok(exchange.answer(route))
    }

    /// The answer as hyper writes it.
    fn response(
        self: Arc<Client>,
        answer: Answer,
    ) -> hyper::Response<HttpBody> {
        let length = answer.length();
        let mut response = hyper::Response::builder()
            .status(answer.code())
            .header(CONTENT_TYPE, answer.content_type)
            .header(CONTENT_LENGTH, length);
        for (name, value) in answer.more_headers() {
            response = response.header(name, value);
        }
        let body = match answer.body {
            Body::Text(text) => HttpBody::from(text),
            Body::Noise(bytes) => self.noise(bytes),
        };
        response.body(body).expect("headers of ours are plain")
    }

    /// This number of bytes that cannot be compressed.
    fn noise(self: Arc<Client>, bytes: u64) -> HttpBody {
        let mut left = bytes;
        let pieces = noise().chunks_exact(PIECE).cycle().map_while(move |it| {
            let length = left.min(PIECE as u64);
            left -= length;
            self.moved.fetch_add(length, Relaxed);
            self.state.bytes_sent.fetch_add(length, Relaxed);
            let piece = Bytes::from_static(&it[..length as usize]);
            (length > 0).then_some(Ok::<_, Infallible>(piece))
        });
        HttpBody::from_stream(tokio_stream::iter(pieces))
    }
}

/// A request as the rest of the server knows it.
fn read(asked: &hyper::Request<Incoming>) -> Result<Request, Malformed> {
    let uri = asked.uri();
    let host = uri.authority().map(|host| host.as_str().to_owned());
    let host = host.filter(|host| is_plain(host)).ok_or(Malformed::Host)?;
    let length = match asked.headers().get(CONTENT_LENGTH) {
        // A frame says which is the last one.
        None => Length::Chunked,
        Some(value) => {
            let known = value.to_str().ok().and_then(digits);
            Length::Known(known.ok_or(Malformed::Length)?)
        }
    };
    Ok(Request {
        method: asked.method().to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        host: Some(host),
        length,
        expects: false,
        keeps_alive: true,
    })
}
