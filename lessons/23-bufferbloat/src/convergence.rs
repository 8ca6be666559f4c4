//! When has the latency under load reached its level?

/// The latest seconds of a measurement, a median for each.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    seconds: Vec<f64>,
}

impl Settled {
    /// How many seconds must agree.
    const AGREE: usize = 3;

    // ANCHOR: settled
    /// Takes the median of one more second, in milliseconds, if anything came
    /// back in it. A buffer that still fills raises each second above the one
    /// before; when three agree within a fifth, or within 2 ms, it is full, or
    /// kept short.
    pub(crate) fn add(&mut self, median_ms: Option<f64>) -> bool {
        let Some(median_ms) = median_ms else {
            self.seconds.clear();
            return false;
        };
        self.seconds.push(median_ms);
        let Some(from) = self.seconds.len().checked_sub(Self::AGREE) else {
            return false;
        };
        let last = &self.seconds[from..];
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
        let mut settled = Settled::default();
        seconds.iter().position(|second| settled.add(Some(*second)))
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
        let mut settled = Settled::default();
        let seconds = [Some(20.0), Some(20.0), None, Some(20.0), Some(20.0)];
        assert!(!seconds.into_iter().any(|second| settled.add(second)));
        assert!(settled.add(Some(20.0)));
    }

    #[test]
    fn a_latency_that_swings_never_settles() {
        assert_eq!(at(&[20.0, 90.0, 20.0, 90.0, 20.0, 90.0]), None);
    }
}
