//! The phases of a measurement.

use serde::{Deserialize, Serialize};
use speedtest::Direction;

/// A phase of a measurement, by what the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing, before the first load.
    Idle,
    /// A download loads it.
    Download,
    /// Its buffer empties after the download.
    Pause,
    /// An upload loads it.
    Upload,
}

/// How far a measurement is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The present phase.
    pub phase: Phase,
    /// Seconds since the start.
    pub seconds: f64,
    /// The last second's median round trip, in milliseconds, if any came back.
    pub latency_ms: Option<f64>,
    /// The last second's load, in bits per second.
    pub bps: f64,
}

impl Phase {
    /// The name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Download => "download",
            Phase::Pause => "pause",
            Phase::Upload => "upload",
        }
    }
}

impl From<Direction> for Phase {
    fn from(direction: Direction) -> Phase {
        match direction {
            Direction::Download => Phase::Download,
            Direction::Upload => Phase::Upload,
        }
    }
}
