//! What a test has found out, and how a running one goes on.

use serde::{Deserialize, Serialize};

use crate::Family;

/// What a test has found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The server as it was given.
    pub server: String,
    /// The family of clients that it was tested as.
    pub family: Family,
    /// Goodput towards us, in bits per second: bytes of bodies, without the
    /// headers of HTTP, TCP and IP, and without what was sent twice. `None`
    /// where there is no figure.
    pub download_bps: Option<u64>,
    /// Goodput towards the server, in bits per second: what it has
    /// acknowledged. `None` where there is no figure.
    pub upload_bps: Option<u64>,
    /// Why there is no download, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_error: Option<String>,
    /// Why there is no upload, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_error: Option<String>,
    /// The median round trip before the load, in milliseconds.
    pub idle_latency_ms: f64,
    /// The mean difference between one round trip and the next, in
    /// milliseconds ([`statistics::jitter`]).
    pub jitter_ms: f64,
    /// The same median under load.
    pub loaded_latency_ms: LoadedLatency,
    /// Bytes of bodies received in the download.
    pub bytes_received: u64,
    /// Bytes acknowledged in the upload.
    pub bytes_sent: u64,
    /// How long the whole test took, in seconds.
    pub seconds: f64,
    /// The most flows that a direction needed.
    pub flows: usize,
    /// Whether both rates are there and have settled: a later look would have
    /// found the same.
    pub stable: bool,
    /// Why not, where they have not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<String>,
}

/// Median round trips under load, in milliseconds; `None` where no round trip
/// came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LoadedLatency {
    /// While the link towards us was full.
    pub download: Option<f64>,
    /// While the link towards the server was full.
    pub upload: Option<f64>,
}

/// How a running test goes on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    /// What is being measured.
    pub phase: Phase,
    /// Seconds since the test's beginning.
    pub seconds: f64,
    /// Bits per second over the last half second, once there are any.
    pub bps: Option<u64>,
    /// The last round trip, in milliseconds.
    pub latency_ms: Option<f64>,
    /// Flows at work.
    pub flows: usize,
    /// Bytes moved in this phase.
    pub bytes: u64,
}

/// The parts of a test, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The name is resolved, the server's family found out.
    Find,
    /// Round trips over the idle link.
    Idle,
    /// Towards us.
    Download,
    /// Towards the server.
    Upload,
}

/// To a thousandth.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
