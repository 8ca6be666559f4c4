//! What to measure, and what it may cost.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::Family;

/// The server, and the budgets of a test.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `http://HOST:PORT` or `https://HOST`, perhaps with a path.
    pub server: String,
    /// The server's family; found out when it is `None`.
    pub family: Option<Family>,
    /// The time budget of the whole test, by default 30 s. Most lines need 4 to
    /// 6 s of it; slow ones, and those over a satellite, need more.
    pub most_seconds: Duration,
    /// The byte budget of the whole test, both directions together, by
    /// default 1 GB. A download takes half of it at most. What is on its way
    /// when the budget ends still arrives: count on a megabyte more.
    pub most_bytes: u64,
    /// The most flows in one direction, by default 32.
    pub most_flows: usize,
    /// When another thread sets it, a running test ends at once with
    /// [`Error::Stopped`](crate::Error::Stopped).
    pub stop: Arc<AtomicBool>,
}

impl Settings {
    /// The usual budgets.
    pub fn new(server: impl Into<String>) -> Settings {
        Settings {
            server: server.into(),
            family: None,
            most_seconds: Duration::from_secs(30),
            most_bytes: 1_000_000_000,
            most_flows: 32,
            stop: Arc::default(),
        }
    }
}
