//! A report: all that it says, before it is written.

use jiff::tz::TimeZone;

use crate::span::{Span, overlap};
use crate::{Bin, Gap, Outage, Window};

/// Whose line it is, and what was promised. All of it may be left empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// The line, as its owner calls it.
    pub line: String,
    /// The company that provides it.
    pub provider: String,
    /// The provider's number for the customer, the contract or the line.
    pub contract: String,
    /// The person who reports, and how to reach them.
    pub contact: String,
    /// The promised speed towards the customer, in bits per second.
    pub download_bps: Option<f64>,
    /// The promised speed towards the provider, in bits per second.
    pub upload_bps: Option<f64>,
}

/// Everything that a report says.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whose line it is.
    pub about: About,
    /// The first moment of its period, in Unix milliseconds.
    pub from: i64,
    /// The last one, in Unix milliseconds.
    pub to: i64,
    /// When it was made, in Unix milliseconds.
    pub made: i64,
    /// The zone in which it gives times.
    pub zone: TimeZone,
    /// The targets, in the order of the configuration.
    pub targets: Vec<TargetReport>,
    /// Every run of a speed test, in the order of time.
    pub tests: Vec<TestReport>,
    /// The planned work of the period, in the order of time.
    pub windows: Vec<Window>,
    /// What is not in it, and why: sentences.
    pub omitted: Vec<String>,
}

impl Report {
    /// The time in which no target at all was asked, in the order of time: the
    /// monitor was off.
    pub fn gaps(&self) -> Vec<Gap> {
        let Some((first, others)) = self.targets.split_first() else {
            return Vec::new();
        };
        let spans = |target: &TargetReport| -> Vec<Span> {
            target.gaps.iter().map(Gap::span).collect()
        };
        let mut off = spans(first);
        for target in others {
            off = overlap(&off, &spans(target));
        }
        let gap = |span: Span| Gap { from: span.from, to: span.to };
        off.into_iter().map(gap).collect()
    }

    /// The names of the speed tests, in the order of the alphabet.
    pub fn test_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.tests.iter().map(|test| test.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The runs of one speed test.
    pub fn tests_named(&self, name: &str) -> Vec<&TestReport> {
        self.tests.iter().filter(|test| test.name == name).collect()
    }
}

/// What was measured of a target.
#[derive(Debug, Clone, Default)]
pub struct TargetReport {
    /// Its name.
    pub name: String,
    /// What was asked.
    pub address: String,
    /// `ping`, `tcp`, `http` or `dns`.
    pub kind: &'static str,
    /// The interval between two probes, in milliseconds.
    pub every: i64,
    /// How many failures in a row are an outage.
    pub down_after: u32,
    /// How long it was watched, in milliseconds: the period without the gaps.
    pub measured: i64,
    /// What was measured, in the order of time, without bins of nothing.
    pub bins: Vec<Bin>,
    /// When it did not answer, in the order of time.
    pub outages: Vec<Outage>,
    /// When it was not asked, in the order of time.
    pub gaps: Vec<Gap>,
    /// The planned work in which it was allowed to be away.
    pub windows: Vec<Window>,
    /// The target that it lies behind: see
    /// [`Target::behind`](crate::Target::behind).
    pub behind: Option<String>,
    /// When neither it nor what it lies behind answered, in the order of time.
    pub unreachable: Vec<Gap>,
}

impl TargetReport {
    /// The number of all probes.
    pub fn probes(&self) -> u64 {
        self.bins.iter().map(|bin| bin.count).sum()
    }

    /// The number of those that failed.
    pub fn failed(&self) -> u64 {
        self.bins.iter().map(|bin| bin.failed).sum()
    }
}

/// One run of a speed test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestReport {
    /// When it ended, in Unix milliseconds.
    pub at: i64,
    /// The speed test's name.
    pub name: String,
    /// The server.
    pub server: String,
    /// In bits per second; nothing when it failed.
    pub download_bps: Option<f64>,
    /// In bits per second; nothing when it failed.
    pub upload_bps: Option<f64>,
    /// The median round trip at rest, in milliseconds.
    pub idle_latency_ms: Option<f64>,
    /// The median round trip under load in the slower direction, in
    /// milliseconds.
    pub loaded_latency_ms: Option<f64>,
    /// The letter for latency under load.
    pub grade: Option<String>,
    /// Whether the rates were steady when the test ended.
    pub stable: bool,
    /// Why it failed.
    pub error: Option<String>,
}

impl TestReport {
    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.error.is_some() || self.download_bps.is_none()
    }
}
