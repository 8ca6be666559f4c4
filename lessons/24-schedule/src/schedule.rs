//! An interval or a cron pattern, as it stands in a configuration file.

use std::fmt;
use std::time::Duration;

use daemon::units::in_words;

use crate::Cron;

/// When something runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Once in each interval, counted on the monotonic clock, which nobody
    /// turns.
    Every {
        /// From one run to the next.
        interval: Duration,
        /// Each run is put off by a random part of this, drawn anew, so that
        /// a thousand monitors do not ask one server in the same second. At
        /// most the interval.
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
