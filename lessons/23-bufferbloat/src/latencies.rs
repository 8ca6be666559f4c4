//! What many round trips come to.

use serde::{Deserialize, Serialize};

/// Round trips in numbers, all in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    /// How many were measured.
    pub count: usize,
    /// The least.
    pub minimum_ms: f64,
    /// Half of them took longer.
    pub median_ms: f64,
    /// One in twenty took longer.
    pub p95_ms: f64,
    /// The mean difference between one round trip and the next, where both
    /// came back; nothing where no two did.
    pub jitter_ms: Option<f64>,
}

impl Latencies {
    /// Of round trips in the order in which they were measured; the lost ones
    /// are `None`.
    #[must_use]
    pub fn of(round_trips_ms: &[Option<f64>]) -> Option<Latencies> {
        let mut sorted: Vec<f64> =
            round_trips_ms.iter().copied().flatten().collect();
        sorted.sort_by(f64::total_cmp);
        let minimum_ms = *sorted.first()?;
        let steps: Vec<f64> = round_trips_ms
            .windows(2)
            .filter_map(|two| Some((two[1]? - two[0]?).abs()))
            .collect();
        let mean = || steps.iter().sum::<f64>() / steps.len() as f64;
        Some(Latencies {
            count: sorted.len(),
            minimum_ms,
            median_ms: percentile(&sorted, 50),
            p95_ms: percentile(&sorted, 95),
            jitter_ms: (!steps.is_empty()).then(mean),
        })
    }
}

/// The least value that so many per cent do not exceed (nearest rank).
fn percentile(sorted: &[f64], per_cent: usize) -> f64 {
    let rank = (sorted.len() * per_cent).div_ceil(100).max(1);
    sorted[rank - 1]
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
