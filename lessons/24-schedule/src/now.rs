//! Two clocks at one moment.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// What both clocks say: the one that only runs forward, and the one on the
/// wall, which a person or a time server may turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The clock that only runs forward.
    pub monotonic: Instant,
    /// The clock on the wall.
    pub wall: Timestamp,
}

impl Now {
    /// Reads both clocks. Under tokio's paused time in a test, the monotonic
    /// one is tokio's.
    pub fn read() -> Now {
        let monotonic = tokio::time::Instant::now().into_std();
        Now { monotonic, wall: Timestamp::now() }
    }

    /// A later moment, when nobody has turned the clock in between.
    pub fn plus(self, time: Duration) -> Now {
        Now {
            monotonic: self.monotonic + time,
            wall: self.turned(time, true).wall,
        }
    }

    /// The same moment after somebody has turned the clock on the wall.
    pub fn turned(self, by: Duration, forward: bool) -> Now {
        let by = jiff::SignedDuration::try_from(by)
            .unwrap_or(jiff::SignedDuration::MAX);
        let (wall, end) = match forward {
            true => (self.wall.checked_add(by), Timestamp::MAX),
            false => (self.wall.checked_sub(by), Timestamp::MIN),
        };
        Now { monotonic: self.monotonic, wall: wall.unwrap_or(end) }
    }
}
