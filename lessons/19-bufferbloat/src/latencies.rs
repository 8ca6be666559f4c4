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
    /// The mean difference between one round trip and the next.
    pub jitter_ms: f64,
}

impl Latencies {
    /// Of round trips in the order in which they were measured.
    #[must_use]
    pub fn of(round_trips_ms: &[f64]) -> Option<Latencies> {
        let mut sorted = round_trips_ms.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let minimum_ms = *sorted.first()?;
        let steps =
            round_trips_ms.windows(2).map(|two| (two[1] - two[0]).abs());
        Some(Latencies {
            count,
            minimum_ms,
            median_ms: percentile(&sorted, 50),
            p95_ms: percentile(&sorted, 95),
            jitter_ms: steps.sum::<f64>()
                / count.saturating_sub(1).max(1) as f64,
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
        let times: Vec<f64> = (1..=20).map(f64::from).collect();
        let found = Latencies::of(&times).expect("some");
        assert_eq!(found.count, 20);
        assert_eq!(found.minimum_ms, 1.0);
        assert_eq!(found.median_ms, 10.0);
        assert_eq!(found.p95_ms, 19.0);
        assert_eq!(found.jitter_ms, 1.0);
    }

    #[test]
    fn one_has_no_jitter_and_none_has_no_numbers() {
        assert_eq!(Latencies::of(&[5.0]).expect("one").jitter_ms, 0.0);
        assert_eq!(Latencies::of(&[]), None);
    }
}
