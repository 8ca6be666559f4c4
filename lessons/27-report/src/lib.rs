//! A report for a provider's support desk: one HTML file that says what was
//! measured, when, how, and what was not as promised.
//!
//! The file needs nothing else: its pictures are drawn into it, it runs no
//! script and asks nobody for anything, and it prints on A4.
//!
//! ```no_run
//! use history::History;
//! use report::{About, ReportInput, Target};
//! use std::{path::Path, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let history = History::open_to_read(Path::new("monitor-data"))?;
//! let router = Target {
//!     name: "router".into(),
//!     address: "192.0.2.1".into(),
//!     kind: "ping",
//!     metric: "ping",
//!     every: Duration::from_secs(1),
//!     down_after: 3,
//! };
//! let (from, to) = (1_795_000_000_000, 1_795_600_000_000);
//! let about = About { line: "office".into(), ..About::default() };
//! let input = ReportInput::gather(&history, &[router], from, to, about)?;
//! std::fs::write("report.html", report::html(&input))?;
//! # Ok(()) }
//! ```

mod chart;
mod document;
mod gap;
mod gather;
mod hours;
mod measured;
mod outage;
mod words;

pub use document::html;
pub use measured::{Bin, usual};
pub use outage::Outage;

use jiff::tz::TimeZone;
use std::time::Duration;

/// Whose line it is, and what was promised. All of it may be left empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// The line, as its owner calls it.
    pub line: String,
    /// Who provides it.
    pub provider: String,
    /// The provider's number for the customer, the contract or the line.
    pub contract: String,
    /// Who reports, and how to reach them.
    pub contact: String,
    /// The promised speed towards the customer, in bits per second.
    pub download_bps: Option<f64>,
    /// The promised speed towards the provider, in bits per second.
    pub upload_bps: Option<f64>,
}

/// A target, as far as a report has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub address: String,
    /// `ping`, `tcp`, `http` or `dns`.
    pub kind: &'static str,
    /// The metric under which its round trips are kept.
    pub metric: &'static str,
    /// How often it is asked.
    pub every: Duration,
    /// From how many failures in a row on it is an outage.
    pub down_after: u32,
}

/// Everything that a report says.
#[derive(Debug, Clone)]
pub struct ReportInput {
    /// Whose line it is.
    pub about: About,
    /// The first moment of the report, in Unix milliseconds.
    pub from: i64,
    /// The last one.
    pub to: i64,
    /// When it was made.
    pub made: i64,
    /// The zone in which it tells times.
    pub zone: TimeZone,
    /// What was asked whether it answers.
    pub targets: Vec<TargetReport>,
    /// Every run of a speed test, in the order of time.
    pub tests: Vec<TestReport>,
    /// Why a part of it could not be read, in words.
    pub missing: Vec<String>,
}

/// What was measured of a target.
#[derive(Debug, Clone)]
pub struct TargetReport {
    /// Its name.
    pub name: String,
    /// What was asked.
    pub address: String,
    /// `ping`, `tcp`, `http` or `dns`.
    pub kind: &'static str,
    /// How often, in milliseconds.
    pub every: i64,
    /// From how many failures in a row on it is an outage.
    pub down_after: u32,
    /// How long it was watched, in milliseconds: the gaps left out.
    pub measured: i64,
    /// What was measured, in steps, in the order of time.
    pub bins: Vec<Bin>,
    /// When it did not answer, in the order of time.
    pub outages: Vec<Outage>,
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
    /// Whether the rates had settled when the test ended.
    pub stable: bool,
    /// Why it failed, in words.
    pub error: Option<String>,
}

impl TestReport {
    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.error.is_some() || self.download_bps.is_none()
    }
}
