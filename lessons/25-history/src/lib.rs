//! Everything that was measured, kept for years and found in a moment.
//!
//! A [`History`] is one SQLite file, `history.db`, in the data folder. One
//! thread writes it; any number of threads ask.
//!
//! ```
//! use history::{History, HistoryQuery, Retention, Sample};
//!
//! let data = tempfile::tempdir()?;
//! let history = History::open(data.path(), &Retention::default())?;
//! let answer = |at, value| Sample::new(at, "ping", "router", value);
//! history.record(&[answer(0, Some(1.5)), answer(1_000, None)])?;
//!
//! let mut query = HistoryQuery::new("ping", 0, 60_000);
//! query.step = Some(60_000);
//! let chart = history.query(&query)?;
//! assert_eq!((chart.count[0], chart.failed[0]), (2, 1));
//! assert_eq!(chart.median[0], Some(1.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where a sample goes
//!
//! | when | where | what it answers |
//! |---|---|---|
//! | at once | table `recent`, and a copy in memory | everything |
//! | when its hour is over | a packed block, about 5 bytes a sample | every sample, exactly |
//! | at the same time | the figures of each minute and of the hour | long ranges |
//!
//! An hour is closed in one transaction: whatever happens, each of its samples
//! is in one place. A sample that comes late waits in `recent` until the next
//! hour is closed; questions see it at once. So do those of a whole hour that a
//! probe elsewhere could not send ([`History::record_late`]).
//!
//! Each minute and hour keeps a *sketch*: a histogram of all its values. The
//! sketches of ten minutes or a day can be added up; percentiles (nearest rank,
//! as the crate `statistics` defines them) from a sketch are within 1 % of the
//! true ones. An hour also keeps its exact ones, and as long as samples are
//! kept, questions are answered from them where they are few enough. Counts,
//! minimum and maximum are always exact.
//!
//! # How large it is
//!
//! A target that is pinged once a second takes 4.5 bytes a ping while every
//! sample is kept, about 20 bytes for each minute and 70 bytes for each hour,
//! all pages of the file counted. For twenty such targets and the default
//! [`Retention`] that is 60 MB for a week of samples, and in time 55 MB for the
//! minutes of 90 days and 60 MB for the hours of five years. Round trips that
//! vary more take more: up to twice as much for a minute. What is deleted makes
//! room inside the file; the file does not become smaller.
//!
//! # What survives
//!
//! - `kill -9`: everything whose `record` has returned.
//! - A power cut: every result ([`History::record_result`]) and everything
//!   written before one, and all but the last ten seconds of the rest.
//! - A clock that jumps: samples keep the time that they were given, and age
//!   is counted in hours in which something was measured. A clock that is in
//!   the wrong year for an hour ages the history by an hour.
//! - A full disk: the history opens, refuses what does not fit, and shows
//!   everything that it had.

mod block;
mod error;
mod file;
mod history;
mod jumps;
mod lock;
mod metric;
mod pack;
mod query;
mod readers;
mod recent;
mod records;
mod resolution;
mod retention;
mod roll_up;
mod sample;
mod series;
mod sketch;
mod summary;
mod varint;
mod writer;

pub use error::{Error, Result};
pub use file::set_aside;
pub use history::History;
pub use metric::{METRICS, Metric, Origin};
pub use query::{Columns, HistoryQuery};
pub use records::{Note, TestResult};
pub use retention::Retention;
pub use sample::Sample;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a poisoned lock all the same: none of ours guards anything half
/// done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
