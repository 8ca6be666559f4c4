//! What some round trips come to.

use std::time::Duration;

/// A pass's round trips in numbers, all in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// The least.
    pub minimum: Option<f64>,
    /// The middle one; of an even number, the mean of the middle two.
    pub median: Option<f64>,
    /// The least that is not exceeded by 95 % of them (nearest rank).
    pub p95: Option<f64>,
    /// The mean of the absolute differences between one round trip and the
    /// next, where both came back.
    ///
    /// Each difference is the delay variation of two consecutive packets
    /// (`ipdv`, RFC 3393, undefined when either is lost), here of round trips
    /// instead of one-way delays. RFC 3550, section 6.4.1, smooths the same
    /// differences with a gain of 1/16, which needs a long stream to settle.
    pub jitter: Option<f64>,
}

impl Figures {
    /// Of round trips in the order of their sending; `None` was lost.
    pub fn of(round_trips: &[Option<f64>]) -> Figures {
        let mut sorted: Vec<f64> =
            round_trips.iter().copied().flatten().collect();
        sorted.sort_by(f64::total_cmp);
        let Some(minimum) = sorted.first().copied() else {
            return Figures::default();
        };
        let middle = [(sorted.len() - 1) / 2, sorted.len() / 2];
        let rank = (sorted.len() * 95).div_ceil(100);
        Figures {
            minimum: Some(minimum),
            median: Some(middle.map(|at| sorted[at] / 2.0).iter().sum()),
            p95: Some(sorted[rank - 1]),
            jitter: jitter(round_trips),
        }
    }
}

// ANCHOR: jitter
fn jitter(round_trips: &[Option<f64>]) -> Option<f64> {
    let neighbours = round_trips.windows(2);
    let steps: Vec<f64> = neighbours
        .filter_map(|pair| Some((pair[1]? - pair[0]?).abs()))
        .collect();
    let sum: f64 = steps.iter().sum();
    (!steps.is_empty()).then(|| sum / steps.len() as f64)
}
// ANCHOR_END: jitter

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_round_trips_come_to_four_numbers() {
        let times: Vec<_> = (1..=20).map(|n| Some(f64::from(n))).collect();
        let figures = Figures::of(&times);
        assert_eq!(figures.minimum, Some(1.0));
        assert_eq!(figures.median, Some(10.5));
        assert_eq!(figures.p95, Some(19.0));
        assert_eq!(figures.jitter, Some(1.0));
    }

    #[test]
    fn a_lost_one_takes_both_its_differences_along() {
        let times = [Some(10.0), Some(14.0), None, Some(90.0), Some(88.0)];
        let figures = Figures::of(&times);
        assert_eq!(figures.jitter, Some(3.0));
        assert_eq!(figures.median, Some(51.0));
        assert_eq!(figures.p95, Some(90.0));
    }

    #[test]
    fn one_has_no_jitter_and_none_has_nothing() {
        assert_eq!(Figures::of(&[Some(5.0)]).jitter, None);
        assert_eq!(Figures::of(&[Some(5.0)]).p95, Some(5.0));
        assert_eq!(Figures::of(&[None, None]), Figures::default());
    }
}
