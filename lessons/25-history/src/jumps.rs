//! A clock on the wall that jumps: somebody has turned it, or the machine
//! slept.

use std::time::Duration;

use daemon::units::in_words;
use schedule::Now;

use crate::Note;

/// A difference up to this is not a jump.
const SMALL: Duration = Duration::from_secs(2);
/// Time servers correct a clock slowly, by half a thousandth at most. A
/// thousandth of the time that has passed is not a jump.
const SLOWLY: u32 = 1000;

/// Compares the clock on the wall with the monotonic clock.
pub(crate) struct JumpDetector {
    last: Now,
}

impl JumpDetector {
    pub fn new(now: Now) -> JumpDetector {
        JumpDetector { last: now }
    }

    /// A note on how far the clock has jumped since the last check.
    pub fn check(&mut self, now: Now) -> Option<Note> {
        let passed =
            now.monotonic.saturating_duration_since(self.last.monotonic);
        let expected = self.last.plus(passed).wall;
        let jump = now.wall.duration_since(expected);
        self.last = now;
        if jump.unsigned_abs() <= SMALL + passed / SLOWLY {
            return None;
        }
        let by = in_words(jump.unsigned_abs());
        let words = match jump.is_negative() {
            true => format!("the clock was set back by {by}"),
            false => format!(
                "the clock was set forward by {by}, or the machine slept"
            ),
        };
        Some(Note { at: now.wall.as_millisecond(), words })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_turned_clock_is_noted_once() {
        let start = Now::read();
        let mut jumps = JumpDetector::new(start);
        let second = Duration::from_secs(1);
        let mut now = start.plus(second);
        assert_eq!(jumps.check(now), None);
        now = now.plus(second).turned(SignedDuration::from_hours(1));
        let note = jumps.check(now).expect("a jump");
        assert!(note.words.contains("forward by 1h"), "{}", note.words);
        assert_eq!(note.at, now.wall.as_millisecond());
        assert_eq!(jumps.check(now.plus(second)), None);
        now = now.plus(second).turned(SignedDuration::from_hours(-1));
        let note = jumps.check(now).expect("a jump");
        assert!(note.words.contains("back by 1h"), "{}", note.words);
    }

    #[test]
    fn a_clock_that_is_corrected_slowly_has_not_jumped() {
        let start = Now::read();
        let mut jumps = JumpDetector::new(start);
        let day = Duration::from_secs(86_400);
        let now = start.plus(day).turned(SignedDuration::from_secs(-43));
        assert_eq!(jumps.check(now), None);
    }
}
