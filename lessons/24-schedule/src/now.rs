//! What the two clocks of a machine show at one moment.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A moment by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock, which only runs forward. It tells how much time
    /// has passed, and not what time it is.
    pub monotonic: Instant,
    /// The clock on the wall, which a person or a time server may turn.
    pub wall: Timestamp,
}

impl Now {
    /// Reads both clocks. In a test that pauses tokio's time, the monotonic
    /// clock is tokio's.
    pub fn read() -> Now {
        let monotonic = tokio::time::Instant::now().into_std();
        Now { monotonic, wall: Timestamp::now() }
    }

    /// The moment `time` later, when nobody turns the clock in between.
    pub fn plus(self, time: Duration) -> Now {
        let by = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        Now { monotonic: self.monotonic + time, ..self.turned(by) }
    }

    /// The same moment after somebody has turned the clock on the wall: back
    /// where `by` is negative.
    pub fn turned(self, by: SignedDuration) -> Now {
        let end = match by.is_negative() {
            true => Timestamp::MIN,
            false => Timestamp::MAX,
        };
        Now { wall: self.wall.checked_add(by).unwrap_or(end), ..self }
    }
}
