//! The settings of a measurement.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use speedtest::Family;

/// The server, and the limits of a measurement.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's address, such as `http://127.0.0.1:8700`.
    pub server: String,
    /// The server's protocol; `None`: the measurement finds out.
    pub family: Option<Family>,
    /// The longest that each direction may be kept under load.
    pub most_seconds: Duration,
    /// The most bytes that may be moved, both directions together. The download
    /// gets at most half of them.
    pub most_bytes: u64,
    /// The most flows in one direction.
    pub most_flows: usize,
    /// Set it to end the measurement with [`Error::Stopped`].
    ///
    /// [`Error::Stopped`]: crate::Error::Stopped
    pub stop: Arc<AtomicBool>,
}

impl Settings {
    /// Twelve seconds each way, two gigabytes, sixteen flows.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Settings {
        Settings {
            server: server.into(),
            family: None,
            most_seconds: Duration::from_secs(12),
            most_bytes: 2_000_000_000,
            most_flows: 16,
            stop: Arc::default(),
        }
    }
}
