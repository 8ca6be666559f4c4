//! Whether somebody has turned the clock on the wall.

use std::time::Duration;

use super::Note;
use daemon::units::in_words;
use schedule::Now;

/// So much is no jump.
const SMALL: Duration = Duration::from_secs(2);
/// Clocks are put right slowly, by half a thousandth at most; this part of
/// the time that has passed is no jump.
const SLOWLY: u32 = 1000;

/// Compares both clocks again and again.
pub(super) struct Jumps {
    last: Now,
}

impl Jumps {
    pub fn since(now: Now) -> Jumps {
        Jumps { last: now }
    }

    /// Says by how much the clock was turned since it was last asked.
    pub fn look(&mut self, now: Now) -> Option<Note> {
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
    fn a_turned_clock_is_told_once() {
        let start = Now::read();
        let mut jumps = Jumps::since(start);
        let second = Duration::from_secs(1);
        let mut now = start.plus(second);
        assert_eq!(jumps.look(now), None);
        now = now.plus(second).turned(SignedDuration::from_hours(1));
        let note = jumps.look(now).expect("a jump");
        assert!(note.words.contains("forward by 1h"), "{}", note.words);
        assert_eq!(note.at, now.wall.as_millisecond());
        assert_eq!(jumps.look(now.plus(second)), None);
        now = now.plus(second).turned(SignedDuration::from_hours(-1));
        let note = jumps.look(now).expect("a jump");
        assert!(note.words.contains("back by 1h"), "{}", note.words);
    }

    #[test]
    fn a_clock_that_is_put_right_slowly_has_not_jumped() {
        let start = Now::read();
        let mut jumps = Jumps::since(start);
        let day = Duration::from_secs(86_400);
        let now = start.plus(day).turned(SignedDuration::from_secs(-43));
        assert_eq!(jumps.look(now), None);
    }
}
