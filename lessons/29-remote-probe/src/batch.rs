//! What goes between a probe and its monitor. All times are Unix milliseconds.

use history::Sample;
use serde::{Deserialize, Serialize};

/// The samples that a probe has written to its disk at once, with the times of
/// its own clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Grows with each batch of a queue, and is never used twice.
    pub number: u64,
    /// How far the probe's clock was ahead of the monitor's when they were
    /// measured, in milliseconds; negative when it was behind. Nothing when
    /// the probe did not know.
    pub clock_error_ms: Option<i64>,
    /// The samples, in the order in which they were measured.
    pub samples: Vec<Sample>,
}

// ANCHOR: delivery
/// What a probe sends: batches that the monitor may or may not have taken
/// already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Names the queue on the probe's disk, whose batches these are: another
    /// queue counts from 1 again.
    pub queue: String,
    /// How many batches wait in the queue, with these.
    pub waiting: u64,
    /// How far the probe's clock is ahead of the monitor's now.
    pub clock_error_ms: Option<i64>,
    /// The batches, in the order of their numbers.
    pub batches: Vec<Batch>,
}

/// The monitor's answer: the batches are on its disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The number of the last batch of this queue that the monitor has.
    pub taken: u64,
    /// What the monitor's clock showed meanwhile.
    pub clock: ServerClock,
}
// ANCHOR_END: delivery

/// What the monitor's clock showed when a request came and when its answer
/// left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerClock {
    /// When the request came.
    pub received: i64,
    /// When the answer left.
    pub answered: i64,
}

/// The monitor's answer to a probe that asks what to measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Orders<T> {
    /// What to measure.
    pub targets: Vec<T>,
    /// In how many milliseconds to ask again. A probe that is silent for much
    /// longer counts as away.
    pub ask_again_ms: u64,
    /// What the monitor's clock showed meanwhile.
    pub clock: ServerClock,
}
