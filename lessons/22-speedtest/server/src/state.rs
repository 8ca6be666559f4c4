//! What all connections of the server share, and what they know of each.

use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use browser_test::{Counter, Tests};
use connections::{Connection, Connections};
use rustls::ServerConfig;

use crate::request::Request;
use crate::route::{Refusal, Route};

/// The settings, the counters, and the open connections.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tls: Option<Versions>,
    pub(crate) patience: Duration,
    pub(crate) stopping: AtomicBool,
    pub(crate) connections: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) bytes_received: AtomicU64,
    /// Those that are open.
    pub(crate) open: Arc<Connections>,
    /// The tests that browsers run.
    pub(crate) tests: Tests,
}

/// What a handshake is made with, by the version of HTTP that follows it.
#[derive(Debug)]
pub(crate) struct Versions {
    pub(crate) http1: Arc<ServerConfig>,
    pub(crate) http2: Arc<ServerConfig>,
}

impl State {
    /// The counter of the browser's test that a request belongs to, if it
    /// belongs to one.
    pub(crate) fn counter(
        &self,
        route: Route,
        request: &Request,
    ) -> Result<Option<Counter>, Refusal> {
        if !route.is_of_a_browsers_test() {
            return Ok(None);
        }
        let name = request.field("test").unwrap_or_default();
        self.tests.counter(name).map(Some).map_err(Refusal::NotCounted)
    }
}

/// A connection that is open. It keeps us waiting from one request to the next.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) stream: TcpStream,
    waits_since: Mutex<Option<Instant>>,
}

impl Open {
    /// A connection whose client has to begin.
    pub(crate) fn new(stream: TcpStream) -> Open {
        Open { stream, waits_since: Mutex::new(Some(Instant::now())) }
    }

    /// Notes that its client has to send the next request.
    pub(crate) fn waits_from_now(&self) {
        *self.waits() = Some(Instant::now());
    }

    /// Notes that a request has come.
    pub(crate) fn is_at_work(&self) {
        *self.waits() = None;
    }

    fn waits(&self) -> MutexGuard<'_, Option<Instant>> {
        self.waits_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection for Open {
    fn waits_since(&self) -> Option<Instant> {
        *self.waits()
    }

    fn close(&self) {
        // It may be closed already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
