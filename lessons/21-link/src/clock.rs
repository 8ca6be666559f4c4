//! The clock of a link: real time, less what its thread has missed.

use std::time::{Duration, Instant};

/// How far the clock goes on at once when the thread is late. Between two
/// such steps the sockets are served, so that none runs dry.
const STEP: Duration = Duration::from_millis(1);
/// Lateness up to this is caught up. What goes beyond is left out: the clock
/// stands still, and everything on the link takes longer by the same time.
const MOST_CAUGHT_UP: Duration = Duration::from_millis(50);

/// A link's time since its start.
///
/// A machine with other work to do gives the processor to the link's thread
/// too late, now and then. Up to a point the clock catches up, and the rate
/// stays what it is; but after a long pause no socket could bring or take what
/// the wire would have carried, and a sender that had nothing to send for a
/// whole second would begin anew with a small window. So the clock leaves such
/// pauses out: a link that is late is slower in proportion, and goes on as if
/// nothing had happened.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    now: Duration,
    left_out: Duration,
}

impl Clock {
    pub fn start() -> Clock {
        Clock {
            start: Instant::now(),
            now: Duration::ZERO,
            left_out: Duration::ZERO,
        }
    }

    /// How long until it is `due`.
    pub fn until(&self, due: Duration) -> Duration {
        (due + self.left_out).saturating_sub(self.start.elapsed())
    }

    /// Goes on, and tells the time. `due` is when the next thing happens on
    /// the link: only the time after it is lateness.
    pub fn advance(&mut self, due: Option<Duration>) -> Duration {
        self.advance_to(self.start.elapsed(), due)
    }

    // ANCHOR: advance
    fn advance_to(
        &mut self,
        real: Duration,
        due: Option<Duration>,
    ) -> Duration {
        let mut now = real.saturating_sub(self.left_out);
        if let Some(due) = due {
            let late = now.saturating_sub(due);
            let too_late = late.saturating_sub(MOST_CAUGHT_UP);
            self.left_out += too_late;
            now = (now - too_late).min(due + STEP);
        }
        self.now = self.now.max(now);
        self.now
    }
    // ANCHOR_END: advance

    /// How long it has stood still so far.
    pub fn left_out(&self) -> Duration {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Goes on until the clock has caught up with `real`, for a link on which
    /// something happens every half millisecond.
    fn catch_up(clock: &mut Clock, real: Duration) {
        loop {
            let due = clock.now + MS / 2;
            if due > real - clock.left_out {
                return;
            }
            clock.advance_to(real, Some(due));
        }
    }

    #[test]
    fn it_goes_with_real_time_while_the_thread_is_in_time() {
        let mut clock = Clock::start();
        assert_eq!(clock.advance_to(3 * MS, None), 3 * MS);
        assert_eq!(clock.advance_to(4 * MS, Some(9 * MS)), 4 * MS);
        assert_eq!(clock.advance_to(9 * MS, Some(9 * MS)), 9 * MS);
        assert_eq!(clock.left_out(), Duration::ZERO);
    }

    #[test]
    fn it_waits_for_sockets_as_long_as_they_take() {
        let mut clock = Clock::start();
        assert_eq!(clock.advance_to(9000 * MS, None), 9000 * MS);
        assert_eq!(clock.left_out(), Duration::ZERO);
    }

    #[test]
    fn a_short_delay_is_caught_up_in_steps() {
        let mut clock = Clock::start();
        assert_eq!(clock.advance_to(40 * MS, Some(10 * MS)), 11 * MS);
        assert_eq!(clock.advance_to(40 * MS, Some(11 * MS)), 12 * MS);
        catch_up(&mut clock, 40 * MS);
        assert!(clock.now > 39 * MS, "{:?}", clock.now);
        assert_eq!(clock.left_out(), Duration::ZERO);
    }

    #[test]
    fn of_a_long_delay_the_rest_is_left_out() {
        let mut clock = Clock::start();
        assert_eq!(clock.advance_to(1010 * MS, Some(10 * MS)), 11 * MS);
        assert_eq!(clock.left_out(), 950 * MS);
        catch_up(&mut clock, 1010 * MS);
        assert_eq!(clock.left_out(), 950 * MS, "it was not late again");
        assert!(clock.now > 59 * MS && clock.now <= 60 * MS);
    }

    #[test]
    fn it_never_goes_back() {
        let mut clock = Clock::start();
        clock.advance_to(100 * MS, None);
        assert_eq!(clock.advance_to(100 * MS, Some(20 * MS)), 100 * MS);
    }
}
