//! The timers of the flows on a link.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use crate::direction::Direction;

/// What is to happen to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// Nothing was acknowledged for long: the stream sends a probe.
    Probe(usize, Direction),
    /// One end of a connection broke, and the other one hears of it now.
    Reset(usize),
}

/// Timers in the order in which they go off; of each there is at most one.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// May hold times that have been replaced by earlier ones.
    heap: BinaryHeap<Reverse<(Duration, Timer)>>,
    times: HashMap<Timer, Duration>,
}

impl Timers {
    /// Lets a timer go off at `at` at the latest: one that is set for an
    /// earlier time stays.
    pub fn set(&mut self, timer: Timer, at: Duration) {
        if self.times.get(&timer).is_none_or(|time| at < *time) {
            self.times.insert(timer, at);
            self.heap.push(Reverse((at, timer)));
        }
    }

    /// When [`Timers::due`] is worth a look: no timer goes off before.
    pub fn next_due(&self) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// A timer that goes off by `now`.
    pub fn due(&mut self, now: Duration) -> Option<Timer> {
        while self.next_due()? <= now {
            let Reverse((at, timer)) = self.heap.pop()?;
            if self.times.get(&timer) == Some(&at) {
                self.times.remove(&timer);
                return Some(timer);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn they_go_off_in_the_order_of_their_times() {
        let mut timers = Timers::default();
        let probe = Timer::Probe(1, Direction::Upload);
        timers.set(Timer::Reset(1), 20 * MS);
        timers.set(probe, 10 * MS);
        assert_eq!(timers.next_due(), Some(10 * MS));
        assert_eq!(timers.due(9 * MS), None);
        assert_eq!(timers.due(30 * MS), Some(probe));
        assert_eq!(timers.due(30 * MS), Some(Timer::Reset(1)));
        assert_eq!(timers.due(30 * MS), None);
    }

    #[test]
    fn one_that_is_set_twice_goes_off_once_at_the_earlier_time() {
        for times in [[1000, 20], [20, 1000]] {
            let mut timers = Timers::default();
            let probe = Timer::Probe(1, Direction::Download);
            for time in times {
                timers.set(probe, time * MS);
            }
            assert_eq!(timers.due(20 * MS), Some(probe));
            assert_eq!(timers.due(2000 * MS), None);
        }
    }
}
