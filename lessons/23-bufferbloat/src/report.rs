//! What a measurement found.

use crate::{Grade, Latencies, Loss, Responsiveness, picture};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A whole measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The server, as it was named.
    pub server: String,
    /// A letter for the worse direction.
    pub grade: Grade,
    /// The median under load less the median at rest, in milliseconds, in
    /// the worse direction: what the grade is of.
    pub added_ms: f64,
    /// Round trips at rest.
    pub idle: Latencies,
    /// While data came.
    pub download: UnderLoad,
    /// While data went.
    pub upload: UnderLoad,
    /// How long all of it took, in seconds.
    pub seconds: f64,
    /// Every round trip, in the order of time.
    pub timeline: Vec<Point>,
}

/// One direction under load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnderLoad {
    /// Round trips on a connection of their own, once they had settled; of
    /// the last seconds where they had not.
    pub latency: Latencies,
    /// Whether the latency reached a level before the time was over.
    pub settled: bool,
    /// Responsiveness, where probes came back.
    pub responsiveness: Option<Responsiveness>,
    /// Datagrams lost, where the server echoes datagrams.
    pub loss: Option<Loss>,
    /// The load itself in bits per second, without the first second.
    pub bps: f64,
    /// How many connections carried it.
    pub flows: usize,
    /// Bytes moved from first to last.
    pub bytes: u64,
}

/// One round trip on the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When it was sent, in seconds from the start.
    pub seconds: f64,
    /// How long it took; nothing when it never came back.
    pub latency_ms: Option<f64>,
    /// What went on.
    pub phase: Phase,
}

/// What went on when a round trip was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing.
    Idle,
    /// Data came.
    Download,
    /// The buffer emptied again.
    Pause,
    /// Data went.
    Upload,
}

impl Phase {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Download => "download",
            Phase::Pause => "pause",
            Phase::Upload => "upload",
        }
    }
}

impl Report {
    /// The timeline as an SVG picture: latency over time, the load marked.
    #[must_use]
    pub fn svg(&self) -> String {
        picture::svg(&self.timeline)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:9} {}", "at rest", Line(&self.idle))?;
        for (name, load) in
            [("download", &self.download), ("upload", &self.upload)]
        {
            writeln!(out, "{name:9} {}", Line(&load.latency))?;
            write!(out, "{:9} {:.1} Mbit/s", "", load.bps / 1e6)?;
            if let Some(found) = load.responsiveness {
                write!(out, ", {:.0} RPM", found.rpm)?;
            }
            if let Some(loss) = load.loss {
                write!(out, ", {:.1} % lost", loss.share() * 100.0)?;
            }
            let unsettled = if load.settled { "" } else { ", not settled" };
            writeln!(out, "{unsettled}")?;
        }
        write!(
            out,
            "grade {}: {:.0} ms more when the line is busy",
            self.grade,
            self.added_ms.max(0.0)
        )
    }
}

struct Line<'a>(&'a Latencies);

impl fmt::Display for Line<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latencies { median_ms, p95_ms, jitter_ms, .. } = self.0;
        write!(out, "{median_ms:.1} ms, one in twenty above {p95_ms:.1} ms")?;
        match jitter_ms {
            Some(jitter_ms) => write!(out, ", jitter {jitter_ms:.1} ms"),
            None => Ok(()),
        }
    }
}
