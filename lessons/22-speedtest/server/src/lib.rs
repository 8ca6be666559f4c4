//! A speed-test server that four families of clients can use.
//!
//! Each family asks for other addresses, and all of them want the same: bytes
//! that cannot be compressed, a place to send bytes to, and something small
//! for round trips.
//!
//! ```
//! use speed_server::{ServeOptions, Server};
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! let server = Server::start(&ServeOptions::default())?;
//! let mut stream = TcpStream::connect(server.address())?;
//! write!(
//!     stream,
//!     "GET /speedtest/latency.txt HTTP/1.1\r\nHost: localhost\r\n\
//!      Connection: close\r\n\r\n"
//! )?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.ends_with("test=test\n"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | family | small | large | upload |
//! |---|---|---|---|
//! | old Ookla | `/speedtest/latency.txt` | `/speedtest/random4000x4000.jpg` | `POST /speedtest/upload.php` |
//! | LibreSpeed | `/empty.php`, `/getIP.php` | `/garbage.php?ckSize=100` | `POST /empty.php` |
//! | Cloudflare | `/__down?bytes=0`, `/cdn-cgi/trace` | `/__down?bytes=N` | `POST /__up` |
//! | networkQuality | `/nq/small` | `/nq/large` | `POST /nq/upload` |
//!
//! For browsers there is a page of its own at `/`: see [`browser_test`].
//!
//! LibreSpeed's addresses are there below `/backend/` as well.
//! networkQuality's clients find theirs in `/.well-known/nq`
//! (draft-ietf-ippm-responsiveness-09, "Well-Known Uniform Resource
//! Identifier (URI) For Test Server Discovery"). Datagrams to the same port
//! are sent back: 16 bytes or more, the letters `TSWR`, a kind (0 asks, 1
//! answers), three zeros, a number.

mod answer;
mod connection;
mod echo;
mod http2;
mod input;
mod request;
mod route;
mod state;
mod transport;

use std::io;
use std::net::{
    Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use browser_test::Tests;
use connections::{ConnectionLimits, Connections, Place};
use state::{Open, State, Versions};
use tls::{Source, Tls};

/// Tries to find a port that is free for TCP and UDP.
const MOST_TRIES: usize = 20;
/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(50);

/// How a server is started.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where to listen, TCP and UDP alike; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Files with a certificate chain and its private key, in PEM: then the
    /// server speaks HTTPS, with HTTP/2 for clients that want it.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The most connections that are served at once. For one more, the oldest
    /// that waits for a request is closed; when all are at work, the new one
    /// is refused with 503.
    pub most_connections: usize,
    /// How long a client may be silent, or take for its request. A transfer has
    /// to move 16 KiB in each such span.
    pub patience: Duration,
}

impl Default for ServeOptions {
    /// A free port, for programs on this machine.
    fn default() -> ServeOptions {
        ServeOptions {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            most_connections: 512,
            patience: Duration::from_secs(15),
        }
    }
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    threads: Vec<JoinHandle<()>>,
}

/// What the server has moved so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeCounters {
    /// Connections taken.
    pub connections: u64,
    /// Bytes of bodies sent.
    pub bytes_sent: u64,
    /// Bytes of bodies received.
    pub bytes_received: u64,
}

impl Server {
    /// Starts a server; returns when it can be used.
    ///
    /// # Errors
    /// When the address cannot be had, or the certificate cannot be read.
    pub fn start(options: &ServeOptions) -> io::Result<Server> {
        let tls = match &options.tls {
            Some((certificate, key)) => {
                Some(shake_hands_with(certificate, key)?)
            }
            None => None,
        };
        let (listener, datagrams) = bind(options.listen)?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            tls,
            patience: options.patience,
            stopping: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            bytes_received: AtomicU64::new(0),
            open: Connections::new(limits(options.most_connections)),
            tests: Tests::default(),
        });
        let for_connections = state.clone();
        let for_datagrams = state.clone();
        let threads = vec![
            thread::Builder::new()
                .name("accept".to_owned())
                .spawn(move || accept(&listener, &for_connections))?,
            thread::Builder::new().name("echo".to_owned()).spawn(
                move || echo::run(&datagrams, &for_datagrams.stopping),
            )?,
        ];
        Ok(Server { address, state, threads })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for clients, with the scheme that it speaks.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.state.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What it has moved so far.
    #[must_use]
    pub fn counters(&self) -> ServeCounters {
        ServeCounters {
            connections: self.state.connections.load(Relaxed),
            bytes_sent: self.state.bytes_sent.load(Relaxed),
            bytes_received: self.state.bytes_received.load(Relaxed),
        }
    }

    /// Serves until the program ends.
    pub fn wait(mut self) {
        for thread in self.threads.drain(..) {
            // A thread of ours that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopping.store(true, Relaxed);
        self.state.open.close_all();
        // Both threads wait for something to come: send it.
        let mut to = self.address;
        if to.ip().is_unspecified() {
            to.set_ip(match to {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        let woken = TcpStream::connect(to).is_ok() && echo::wake(to).is_ok();
        for thread in self.threads.drain(..).filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// TCP and UDP on one port. A port that is free for the one may be taken for
/// the other; then another is tried.
fn bind(listen: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let mut tries = 0;
    loop {
        let listener = TcpListener::bind(listen)?;
        match UdpSocket::bind(listener.local_addr()?) {
            Ok(datagrams) => return Ok((listener, datagrams)),
            Err(_) if listen.port() == 0 && tries < MOST_TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    while !state.stopping.load(Relaxed) {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            // Too many open files, most likely: let some close.
            Err(_) => {
                thread::sleep(PAUSE);
                continue;
            }
        };
        state.connections.fetch_add(1, Relaxed);
        let open = Arc::new(Open::new(stream));
        let admitted =
            state.open.admit(peer.ip(), open.clone(), Instant::now());
        if admitted.place == Place::Reserve {
            // It may have gone already.
            let _ = connection::refuse(&open.stream, state);
            continue;
        }
        // What was open before the stop is closed by the thread that stops us.
        if state.stopping.load(Relaxed) {
            return;
        }
        let shared = state.clone();
        let serve = move || {
            let _until_the_end = admitted;
            // A client that leaves or breaks the rules harms only itself.
            let _ = connection::serve(&open, &shared);
        };
        let thread = thread::Builder::new().name("connection".to_owned());
        // Without a thread, the connection is dropped and so closed.
        drop(thread.spawn(serve));
    }
}

/// A speed test takes all connections that it can get, so that one client may
/// have all there are.
fn limits(most: usize) -> ConnectionLimits {
    let patience = Duration::ZERO;
    ConnectionLimits { total: most, share: most, reserve: 1, patience }
}

/// What connections are made with under `https`.
fn shake_hands_with(certificate: &Path, key: &Path) -> io::Result<Versions> {
    let certificate = certificate.to_owned();
    let files = Source::Files { certificate, key: key.to_owned() };
    let tls = Tls::open(files).map_err(io::Error::other)?;
    let http1 = tls.config();
    let http2 = http2::configuration(&http1);
    Ok(Versions { http1, http2 })
}
