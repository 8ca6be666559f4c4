//! What all connections of the server share, and which of them are open.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;

/// The settings, the counters, and the open connections.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) patience: Duration,
    pub(super) most_connections: usize,
    pub(super) stopping: AtomicBool,
    pub(super) connections: AtomicU64,
    pub(super) bytes_sent: AtomicU64,
    pub(super) bytes_received: AtomicU64,
    /// Those that are open, by number, so that they can be closed.
    pub(super) open: Mutex<BTreeMap<u64, Open>>,
}

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Open {
    stream: Arc<TcpStream>,
    /// Nothing is being served on it: it waits for a request.
    waits: bool,
}

impl State {
    pub(super) fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in, if there is room or the oldest that waits for a
    /// request can be closed.
    pub(super) fn admit(&self, number: u64, stream: &Arc<TcpStream>) -> bool {
        let mut open = self.open();
        if open.len() >= self.most_connections {
            // A client that opens many and asks nothing keeps nobody out.
            let waiting = open.iter().find(|(_, open)| open.waits);
            let Some(oldest) = waiting.map(|(number, _)| *number) else {
                return false;
            };
            if let Some(oldest) = open.remove(&oldest) {
                oldest.close();
            }
        }
        open.insert(number, Open { stream: stream.clone(), waits: true });
        true
    }

    /// Notes whether a connection waits for a request.
    pub(super) fn set_waits(&self, number: u64, waits: bool) {
        if let Some(open) = self.open().get_mut(&number) {
            open.waits = waits;
        }
    }
}

/// Removes a connection from the open ones when it is dropped, however the
/// connection ended.
pub(super) struct Leave<'a> {
    pub(super) state: &'a State,
    pub(super) number: u64,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.state.open().remove(&self.number);
    }
}

impl Open {
    pub(super) fn close(&self) {
        // It may be closed already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
