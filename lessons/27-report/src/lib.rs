//! A report for a provider's support desk: one HTML file that says what was
//! measured, when, how, and what was not as promised.
//!
//! The file needs nothing else: its pictures are drawn into it, it runs no
//! script and loads nothing, and it prints on A4.
//!
//! ```no_run
//! use history::History;
//! use report::{About, Report, Target};
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
//!     behind: None,
//! };
//! let (from, to) = (1_795_000_000_000, 1_795_600_000_000);
//! let about = About { line: "office".into(), ..About::default() };
//! let report = Report::read(&history, &[router], &[], from, to, about)?;
//! std::fs::write("report.html", report::html(&report))?;
//! # Ok(()) }
//! ```
//!
//! # Six words
//!
//! - An [`Outage`] is a run of failures, from the first of them to the next
//!   answer.
//! - A [`Gap`] is time in which nothing was asked. It is neither an outage
//!   nor time without one.
//! - A [`Window`] is planned work. It is counted apart: an outage in it is no
//!   fault, and a window without one is no merit.
//! - A target is unreachable while another one, which it [lies
//!   behind](Target::behind), has an outage as well. That is no outage of its
//!   own, and nobody knows whether there was one.
//! - Measured time is the rest of the period.
//! - [`Availability`] is the share of the measured time without an outage. Of
//!   the whole period only its bounds are known.
//!
//! A [`Report`] is read from the history; [`html()`] writes it, and decides
//! nothing.

mod availability;
mod bins;
mod chart;
mod excuses;
pub mod format;
mod gap;
mod html;
mod outage;
mod reader;
mod redact;
mod report;
mod span;
mod speeds;
mod stored_bins;
mod target;
mod window;

pub use availability::Availability;
pub use bins::{Bin, axis_maximum};
pub use gap::Gap;
pub use html::html;
pub use outage::Outage;
pub use report::{About, Report, TargetReport, TestReport};
pub use target::Target;
pub use window::Window;

/// Lengths of time, in milliseconds.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
