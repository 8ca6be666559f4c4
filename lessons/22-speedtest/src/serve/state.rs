//! What all connections of the server share, and what they know of each.

use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use connections::{Connection, Connections};
use rustls::ServerConfig;

/// The settings, the counters, and the open connections.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) patience: Duration,
    pub(super) stopping: AtomicBool,
    pub(super) connections: AtomicU64,
    pub(super) bytes_sent: AtomicU64,
    pub(super) bytes_received: AtomicU64,
    /// Those that are open.
    pub(super) open: Arc<Connections>,
}

/// A connection that is open. It keeps us waiting from one request to the next.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stream: TcpStream,
    waits_since: Mutex<Option<Instant>>,
}

impl Open {
    /// A connection whose client has to begin.
    pub(super) fn new(stream: TcpStream) -> Open {
        Open { stream, waits_since: Mutex::new(Some(Instant::now())) }
    }

    /// Notes that its client has to send the next request.
    pub(super) fn waits_from_now(&self) {
        *self.waits() = Some(Instant::now());
    }

    /// Notes that a request has come.
    pub(super) fn is_at_work(&self) {
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
