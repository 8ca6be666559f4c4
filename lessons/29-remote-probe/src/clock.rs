//! How far a probe's clock is from the monitor's.
//!
//! Neither clock is right by itself, and a probe in a cupboard may have none
//! that survives a power cut. But each exchange with the monitor is a look at
//! its clock: the answer says when the request came and when the answer left.
//! The time on the way is not in those two, and nobody knows how it splits into
//! there and back. If it splits evenly, the offset below is exact; whatever the
//! split, the offset is wrong by no more than half of the time on the way
//! (RFC 5905, section 8). So of the last exchanges the quickest counts
//! (section 10).

use std::collections::VecDeque;
use std::time::Duration;

use schedule::Now;

use crate::ServerClock;

/// How many exchanges are remembered: those of the clock filter in RFC 5905.
const REMEMBERED: usize = 8;
/// A difference between the two clocks of this machine up to this is no jump.
const SMALL: Duration = Duration::from_millis(100);
/// A clock that is corrected slowly goes wrong by at most a thousandth.
const SLOWLY: u32 = 1_000;

/// Follows how far this machine's clock is ahead of the monitor's.
#[derive(Debug, Default)]
pub struct ClockError {
    exchanges: VecDeque<Exchange>,
    last: Option<Now>,
}

#[derive(Debug)]
struct Exchange {
    /// How far our clock was ahead, in milliseconds.
    ahead: i64,
    /// The time on the way, there and back, in milliseconds.
    way: i64,
}

impl ClockError {
    // ANCHOR: exchange
    /// Takes an exchange: when the request was sent, what the monitor's clock
    /// showed, and when the answer came.
    pub fn exchanged(&mut self, sent: Now, monitor: ServerClock, came: Now) {
        self.forget_after_a_jump(came);
        let (t1, t4) = (sent.wall.as_millisecond(), came.wall.as_millisecond());
        let (t2, t3) = (monitor.received, monitor.answered);
        let there = t1.saturating_sub(t2);
        let back = t4.saturating_sub(t3);
        let exchange = Exchange {
            ahead: there.saturating_add(back) / 2,
            way: back.saturating_sub(there),
        };
        if self.exchanges.len() >= REMEMBERED {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(exchange);
    }
    // ANCHOR_END: exchange

    /// How far this machine's clock is ahead, in milliseconds; negative when it
    /// is behind. Nothing before the first exchange, nor after a jump until the
    /// next one.
    pub fn milliseconds(&mut self, now: Now) -> Option<i64> {
        self.forget_after_a_jump(now);
        let quickest = self.exchanges.iter().min_by_key(|one| one.way);
        quickest.map(|exchange| exchange.ahead)
    }

    // ANCHOR: jump
    /// Somebody has turned the clock on the wall, or the machine slept: what
    /// was known of it is worth nothing.
    fn forget_after_a_jump(&mut self, now: Now) {
        if let Some(last) = self.last.replace(now) {
            let passed =
                now.monotonic.saturating_duration_since(last.monotonic);
            let jump = now.wall.duration_since(last.plus(passed).wall);
            if jump.unsigned_abs() > SMALL + passed / SLOWLY {
                self.exchanges.clear();
            }
        }
    }
    // ANCHOR_END: jump
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Lets the clock look at one that is `behind` ours by so many
    /// milliseconds, over a way of so many there and back.
    fn exchange(
        clock: &mut ClockError,
        sent: Now,
        behind: i64,
        (there, back): (u64, u64),
    ) -> Now {
        let arrived = sent.plus(Duration::from_millis(there));
        let left = arrived.plus(Duration::from_millis(3));
        let came = left.plus(Duration::from_millis(back));
        let monitor = ServerClock {
            received: arrived.wall.as_millisecond() - behind,
            answered: left.wall.as_millisecond() - behind,
        };
        clock.exchanged(sent, monitor, came);
        came
    }

    #[test]
    fn an_even_way_shows_the_error_exactly() {
        let mut clock = ClockError::default();
        let now = Now::read();
        assert_eq!(clock.milliseconds(now), None);
        let now = exchange(&mut clock, now, 90_000, (300, 300));
        assert_eq!(clock.milliseconds(now), Some(90_000));
    }

    #[test]
    fn the_quickest_exchange_counts() {
        let mut clock = ClockError::default();
        let mut now = Now::read();
        for way in [(400, 20), (20, 900), (10, 10), (500, 0)] {
            now = exchange(&mut clock, now, -500, way);
        }
        let error = clock.milliseconds(now).expect("known");
        assert_eq!(error, -500);
    }

    #[test]
    fn the_error_is_never_larger_than_half_of_the_way() {
        for (there, back) in [(0, 600), (600, 0), (123, 77)] {
            let mut clock = ClockError::default();
            let now = exchange(&mut clock, Now::read(), 1_000, (there, back));
            let error = clock.milliseconds(now).expect("known") - 1_000;
            assert!(error.unsigned_abs() <= (there + back) / 2, "{error}");
        }
    }

    #[test]
    fn a_clock_that_was_turned_is_not_trusted_until_the_next_exchange() {
        let mut clock = ClockError::default();
        let now = exchange(&mut clock, Now::read(), 0, (5, 5));
        let hour = now.plus(3_600 * SECOND);
        assert_eq!(clock.milliseconds(hour), Some(0));
        let turned = hour.plus(SECOND).turned(SignedDuration::from_mins(-5));
        assert_eq!(clock.milliseconds(turned), None);
        let now = exchange(&mut clock, turned, -300_000, (5, 5));
        assert_eq!(clock.milliseconds(now), Some(-300_000));
    }
}
