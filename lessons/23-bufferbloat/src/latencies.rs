//! The figures of many round trips.

use serde::{Deserialize, Serialize};
use statistics::{Sorted, jitter};

/// The figures of round trips, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    /// How many came back.
    pub count: usize,
    /// The minimum.
    pub minimum_ms: f64,
    /// The median.
    pub median_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The mean difference between one round trip and the next: see
    /// [`statistics::jitter`].
    pub jitter_ms: Option<f64>,
}

impl Latencies {
    /// The figures of round trips in the order of sending, `None` for one that
    /// was lost. `None` when none came back.
    #[must_use]
    pub fn of(round_trips_ms: &[Option<f64>]) -> Option<Latencies> {
        let answered: Sorted =
            round_trips_ms.iter().copied().flatten().collect();
        Some(Latencies {
            count: answered.values().len(),
            minimum_ms: answered.minimum()?,
            median_ms: answered.median()?,
            p95_ms: answered.percentile(95)?,
            jitter_ms: jitter(round_trips_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_round_trips_come_to_five_numbers() {
        let times: Vec<_> = (1..=20).map(|ms| Some(f64::from(ms))).collect();
        let found = Latencies::of(&times).expect("some");
        assert_eq!(found.count, 20);
        assert_eq!(found.minimum_ms, 1.0);
        assert_eq!(found.median_ms, 10.0);
        assert_eq!(found.p95_ms, 19.0);
        assert_eq!(found.jitter_ms, Some(1.0));
    }

    #[test]
    fn jitter_is_between_neighbours_that_both_came_back() {
        let times = [Some(10.0), Some(14.0), None, Some(90.0), Some(88.0)];
        let found = Latencies::of(&times).expect("some");
        assert_eq!((found.count, found.jitter_ms), (4, Some(3.0)));
    }

    #[test]
    fn one_has_no_jitter_and_none_has_no_numbers() {
        assert_eq!(Latencies::of(&[Some(5.0)]).expect("one").jitter_ms, None);
        assert_eq!(Latencies::of(&[None]), None);
        assert_eq!(Latencies::of(&[]), None);
    }
}
