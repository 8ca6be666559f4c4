//! Latency under load: what a line does to a call while it is busy.
//!
//! A speed test asks how much fits through a line. This asks how long the
//! next packet waits behind it. It measures round trips on a connection of
//! their own, first at rest, then under a download, then under an upload,
//! keeps the load on until the latency has settled, and says what came out:
//! milliseconds, loss, round trips per minute, and a grade.
//!
//! ```no_run
//! use bufferbloat::{Settings, measure};
//!
//! # fn main() -> Result<(), bufferbloat::Error> {
//! let settings = Settings::new("http://127.0.0.1:8700");
//! let report = measure(&settings, &mut |_| {})?;
//! println!("{:?}: {:.0} ms more when busy", report.grade, report.added_ms);
//! # Ok(())
//! # }
//! ```

mod convergence;
mod error;
mod latencies;
mod loss;
mod measure;
mod observer;
mod phase;
mod picture;
mod prober;
mod report;
mod responsiveness;
mod settings;
mod summary;

pub use error::Error;
pub use latencies::Latencies;
pub use latency_grade::Grade;
pub use loss::Loss;
pub use measure::measure;
pub use phase::{Phase, Progress};
pub use report::{MOST_LATENESS_MS, Point, Report, UnderLoad};
pub use responsiveness::{Probes, Responsiveness, trimmed_mean};
pub use settings::Settings;
