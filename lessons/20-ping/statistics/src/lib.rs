//! Percentiles, the median and jitter, each by one definition for all
//! lessons.
//!
//! | figure | definition |
//! |---|---|
//! | P-th percentile | of N values in rising order the one at place ⌈P / 100 × N⌉, counted from one (nearest rank) |
//! | median | the 50th percentile; of an even number of values it is the lower of the middle two |
//! | jitter | the mean of \|x(i + 1) − x(i)\| over all neighbours that both came back |
//!
//! A nearest rank is always a value that was measured. The mean of the middle
//! two is not: of round trips of 14 and 90 ms it is 52 ms, which no packet
//! took. A nearest rank can also be found in a histogram, where the single
//! values are no longer known. The price: of two values the median is the
//! minimum.
//!
//! A lost packet has no round trip. It is `None` for [`jitter`], and is left
//! out of the others: how many were lost is a figure of its own.
//!
//! ```
//! use statistics::{Sorted, jitter};
//!
//! // In milliseconds, in the order of sending; the third one was lost.
//! let round_trips = [Some(10.0), Some(14.0), None, Some(90.0), Some(88.0)];
//!
//! let sorted: Sorted = round_trips.into_iter().flatten().collect();
//! assert_eq!(sorted.minimum(), Some(10.0));
//! assert_eq!(sorted.median(), Some(14.0));
//! assert_eq!(sorted.percentile(95), Some(90.0));
//! assert_eq!(jitter(&round_trips), Some(3.0)); // of 4 and 2
//! ```

/// Values in rising order, sorted once for any number of figures.
///
/// Every figure has the unit of the values, and is `None` of no values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted(Vec<f64>);

impl FromIterator<f64> for Sorted {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Sorted {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Sorted(values)
    }
}

impl Sorted {
    /// The values themselves.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The least value.
    #[must_use]
    pub fn minimum(&self) -> Option<f64> {
        self.0.first().copied()
    }

    /// The greatest value.
    #[must_use]
    pub fn maximum(&self) -> Option<f64> {
        self.0.last().copied()
    }

    /// The 50th percentile.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.percentile(50)
    }

    /// The value of nearest rank: of 20 values, the 95th percentile is the
    /// 19th, counted from the least.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<f64> {
        let rank = nearest_rank(self.0.len(), percent)?;
        Some(self.0[rank - 1])
    }
}

/// The median of values in any order.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    values.into_iter().collect::<Sorted>().median()
}

/// The place of a percentile among `count` values in rising order, counted
/// from one: `percent` / 100 × `count`, rounded up. It is 1 for 0 %, and
/// `None` where there are no values.
#[must_use]
pub fn nearest_rank(count: usize, percent: usize) -> Option<usize> {
    let rank = (count * percent).div_ceil(100);
    (count > 0).then(|| rank.clamp(1, count))
}

/// The mean of the absolute differences between one round trip and the next.
/// Where either was lost there is no difference, and where there is none at
/// all, no jitter.
///
/// A difference is the delay variation of two consecutive packets (*ipdv*,
/// RFC 3393, undefined where either is lost), here of round trips instead of
/// one-way delays. RFC 3550, section 6.4.1, smooths the same differences with
/// a gain of 1/16, and needs a long stream until that settles.
#[must_use]
pub fn jitter(round_trips: &[Option<f64>]) -> Option<f64> {
    let mut differences = Vec::new();
    for pair in round_trips.windows(2) {
        if let [Some(one), Some(next)] = pair {
            differences.push((next - one).abs());
        }
    }
    let sum: f64 = differences.iter().sum();
    (!differences.is_empty()).then(|| sum / differences.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up_to(last: u32) -> Sorted {
        (1..=last).rev().map(f64::from).collect()
    }

    #[test]
    fn a_percentile_is_the_value_of_nearest_rank() {
        assert_eq!(up_to(20).percentile(95), Some(19.0));
        assert_eq!(up_to(21).percentile(95), Some(20.0));
        assert_eq!(up_to(5).percentile(95), Some(5.0));
        assert_eq!(up_to(1).percentile(1), Some(1.0));
    }

    #[test]
    fn both_ends_are_percentiles_too() {
        let values = up_to(7);
        assert_eq!(values.percentile(0), values.minimum());
        assert_eq!(values.percentile(100), values.maximum());
    }

    #[test]
    fn the_median_of_an_even_number_is_the_lower_of_the_middle_two() {
        assert_eq!(up_to(3).median(), Some(2.0));
        assert_eq!(up_to(4).median(), Some(2.0));
        assert_eq!(median([9.0, 1.0, 4.0, 2.0]), Some(2.0));
    }

    #[test]
    fn a_lost_packet_takes_both_its_differences_along() {
        let times = [Some(10.0), Some(14.0), None, Some(90.0), Some(88.0)];
        assert_eq!(jitter(&times), Some(3.0));
        assert_eq!(jitter(&[Some(5.0), None, Some(7.0)]), None);
    }

    #[test]
    fn one_has_no_jitter_and_none_has_no_figure() {
        assert_eq!(jitter(&[Some(5.0)]), None);
        assert_eq!(jitter(&[]), None);
        let nothing = Sorted::default();
        let figures = [nothing.minimum(), nothing.median(), nothing.maximum()];
        assert_eq!(figures, [None; 3]);
        assert_eq!(nearest_rank(0, 95), None);
    }
}
