//! The report of a measurement.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Grade, Latencies, Loss, Phase, Responsiveness, picture};

/// The lateness, in milliseconds, above which a report shows this machine
/// instead of the line: a sixth of the added latency that still gets an A.
pub const MOST_LATENESS_MS: f64 = 5.0;

/// The result of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The server, as the settings name it.
    pub server: String,
    /// The grade of `added_ms`; `None` where the latency of a direction had
    /// not settled: a later look would have found more.
    pub grade: Option<Grade>,
    /// The median round trip under load minus the median at rest, in the worse
    /// direction, in milliseconds.
    pub added_ms: f64,
    /// Round trips at rest.
    pub idle: Latencies,
    /// Under a download.
    pub download: UnderLoad,
    /// Under an upload.
    pub upload: UnderLoad,
    /// How long the measurement took, in seconds.
    pub seconds: f64,
    /// How late this machine woke a sleeping thread, in milliseconds: the 95th
    /// percentile. A measured round trip may be that much too long.
    pub lateness_ms: f64,
    /// Every round trip, in the order of time.
    pub timeline: Vec<Point>,
}

/// One direction under load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnderLoad {
    /// Round trips of the last seconds, on a connection of their own.
    pub latency: Latencies,
    /// Whether the latency reached a level before the time was over.
    pub settled: bool,
    /// Responsiveness, where probes came back.
    pub responsiveness: Option<Responsiveness>,
    /// Datagrams lost, where the server echoes datagrams.
    pub loss: Option<Loss>,
    /// The load itself in bits per second, without the first second.
    pub bps: f64,
    /// How many connections carried the load.
    pub flows: usize,
    /// Bytes moved, the first second included.
    pub bytes: u64,
}

/// One round trip on the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When it was sent, in seconds since the start.
    pub seconds: f64,
    /// How long it took, in milliseconds; `None` when it was lost.
    pub latency_ms: Option<f64>,
    /// The phase in which it was sent.
    pub phase: Phase,
}

impl Report {
    /// Why the figures are those of a busy machine rather than those of the
    /// line, if they are: threads woke later than [`MOST_LATENESS_MS`].
    #[must_use]
    pub fn not_measured(&self) -> Option<String> {
        let late = self.lateness_ms;
        (late > MOST_LATENESS_MS).then(|| {
            format!(
                "not measured: this machine was busy, and one thread in twenty \
                 woke more than {late:.0} ms late. Measure again when it is \
                 quiet."
            )
        })
    }

    /// The timeline as an SVG picture: latency over time, the load marked.
    #[must_use]
    pub fn svg(&self) -> String {
        picture::svg(&self.timeline)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:9} {}", "at rest", Summary(&self.idle))?;
        for (name, load) in
            [("download", &self.download), ("upload", &self.upload)]
        {
            writeln!(out, "{name:9} {}", Summary(&load.latency))?;
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
        let added = self.added_ms.max(0.0);
        match self.grade {
            Some(grade) => write!(
                out,
                "grade {grade}: {added:.0} ms more when the line is busy"
            ),
            None => write!(
                out,
                "no grade: {added:.0} ms more so far, and the latency has not \
                 settled; allow more seconds or bytes"
            ),
        }
    }
}

/// Latencies in one line of text.
struct Summary<'a>(&'a Latencies);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latencies { median_ms, p95_ms, jitter_ms, .. } = self.0;
        write!(out, "{median_ms:.1} ms, one in twenty above {p95_ms:.1} ms")?;
        match jitter_ms {
            Some(jitter_ms) => write!(out, ", jitter {jitter_ms:.1} ms"),
            None => Ok(()),
        }
    }
}
