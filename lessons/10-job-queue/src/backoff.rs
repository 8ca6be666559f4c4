//! How long a failed job waits before it is tried again.

use std::time::Duration;

/// No job waits longer than this for its next attempt.
pub(crate) const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The pause after the attempt with this number (1 is the first): doubled for
/// each attempt, bounded, and of that between a half and the whole.
///
/// The random part keeps jobs that failed together from coming back together.
pub(crate) fn pause(first: Duration, attempt: u32) -> Duration {
    let doubled = 2u32.saturating_pow(attempt.saturating_sub(1).min(31));
    let whole = first.saturating_mul(doubled).min(LONGEST);
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_within_its_jitter() {
        for attempt in 1..=8 {
            let whole = 2f64.powi(attempt as i32 - 1);
            for _ in 0..100 {
                let pause = pause(Duration::from_secs(1), attempt);
                assert!(pause.as_secs_f64() >= whole / 2.0);
                assert!(pause.as_secs_f64() <= whole);
            }
        }
    }

    #[test]
    fn the_pause_is_bounded_for_any_attempt() {
        for attempt in [0, 10, 32, 33, u32::MAX] {
            assert!(pause(Duration::from_secs(1), attempt) <= LONGEST);
        }
        assert!(pause(Duration::MAX, 9) <= LONGEST);
    }

    #[test]
    fn the_pause_is_not_the_same_twice() {
        let one = Duration::from_secs(60);
        let pauses: Vec<_> = (0..20).map(|_| pause(one, 1)).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
