//! When something runs next, and what must not run at the same time.
//!
//! A [`Schedule`] is an interval or a cron pattern. A [`Timer`] follows one
//! through time: it is asked with both clocks' readings and answers "wait so
//! long" or "now", so a test can turn the clocks as it likes. A [`Gate`]
//! keeps the small probes out while a speed test fills the line.
//!
//! ```
//! use schedule::{Now, Schedule, Step, Timer};
//! use std::time::Duration;
//!
//! let every = Schedule::every(Duration::from_secs(10));
//! let start = Now::read();
//! let mut timer = Timer::new(every, start, fastrand::Rng::new());
//! assert_eq!(timer.step(start), Step::Run);
//! assert_eq!(timer.step(start), Step::Wait(Duration::from_secs(10)));
//! let late = start.plus(Duration::from_secs(12));
//! assert_eq!(timer.step(late), Step::Run);
//! // Late once is not late for ever: the next is due at 20 s.
//! assert_eq!(timer.step(late), Step::Wait(Duration::from_secs(8)));
//! ```

mod cron;
mod gate;
mod now;
mod timer;

pub use cron::{BadCron, Cron};
pub use gate::{Gate, Load, Pass};
pub use now::Now;
pub use timer::{Step, Timer};

use std::fmt;
use std::time::Duration;

use daemon::units::in_words;

/// When something runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Once in each interval, counted on the clock that nobody turns.
    Every {
        /// From one run to the next.
        interval: Duration,
        /// A run is put off by a random part of this, each anew: a thousand
        /// monitors do not ask one server in the same second. At most the
        /// interval.
        jitter: Duration,
    },
    /// When the clock on the wall matches a pattern.
    Cron {
        /// The pattern and its time zone.
        cron: Cron,
        /// As for an interval.
        jitter: Duration,
    },
}

impl Schedule {
    /// An interval without jitter.
    pub fn every(interval: Duration) -> Schedule {
        Schedule::Every { interval, jitter: Duration::ZERO }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jitter = match self {
            Schedule::Every { interval, jitter } => {
                write!(f, "every {}", in_words(*interval))?;
                jitter
            }
            Schedule::Cron { cron, jitter } => {
                write!(f, "{cron}")?;
                jitter
            }
        };
        if jitter.is_zero() {
            return Ok(());
        }
        write!(f, ", up to {} later", in_words(*jitter))
    }
}
