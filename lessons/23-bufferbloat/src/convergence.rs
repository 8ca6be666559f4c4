//! When the latency under load has reached its level.

/// How many seconds in a row must agree.
const AGREE: usize = 3;

/// The median round trips of the seconds so far.
#[derive(Debug, Default)]
pub(crate) struct Convergence {
    medians_ms: Vec<f64>,
}

impl Convergence {
    // ANCHOR: settled
    /// Adds a second's median in milliseconds, `None` if nothing came back.
    /// Returns whether the latency has settled: a buffer that still fills
    /// raises each second above the one before. When three seconds agree
    /// within a fifth, or within 2 ms, the buffer is full, or is kept short.
    pub(crate) fn add(&mut self, median_ms: Option<f64>) -> bool {
        let Some(median_ms) = median_ms else {
            self.medians_ms.clear();
            return false;
        };
        self.medians_ms.push(median_ms);
        let Some(last) = self.medians_ms.last_chunk::<AGREE>() else {
            return false;
        };
        let least = last.iter().copied().fold(f64::INFINITY, f64::min);
        let most = last.iter().copied().fold(0.0, f64::max);
        most - least <= (most / 5.0).max(2.0)
    }
    // ANCHOR_END: settled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: &[f64]) -> Option<usize> {
        let mut convergence = Convergence::default();
        seconds.iter().position(|second| convergence.add(Some(*second)))
    }

    #[test]
    fn a_buffer_that_fills_for_five_seconds_is_waited_for() {
        let filling = [40.0, 90.0, 150.0, 210.0, 255.0, 268.0, 270.0, 269.0];
        assert_eq!(at(&filling), Some(6));
    }

    #[test]
    fn a_short_queue_has_settled_after_three_seconds() {
        assert_eq!(at(&[20.3, 21.9, 20.5]), Some(2));
    }

    #[test]
    fn a_second_without_an_answer_begins_again() {
        let mut convergence = Convergence::default();
        let seconds = [Some(20.0), Some(20.0), None, Some(20.0), Some(20.0)];
        assert!(!seconds.into_iter().any(|second| convergence.add(second)));
        assert!(convergence.add(Some(20.0)));
    }

    #[test]
    fn a_latency_that_swings_never_settles() {
        assert_eq!(at(&[20.0, 90.0, 20.0, 90.0, 20.0, 90.0]), None);
    }
}
