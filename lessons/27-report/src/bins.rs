//! A bin: what was measured of a target in one step of time, and how several
//! are merged into one.

use statistics::Sorted;

/// The shares of the answers at which a [`Bin`] knows the value.
const SHARES: [f64; 6] = [0.0, 0.25, 0.5, 0.75, 0.95, 1.0];

/// What was measured of a target in one step of time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    /// Where it begins, in Unix milliseconds.
    pub at: i64,
    /// Its length in milliseconds.
    pub length: i64,
    /// How many probes there were.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Minimum, p25, median, p75, p95 and maximum of the round trips, in
    /// milliseconds; nothing when all probes failed.
    pub figures: Option<[f64; 6]>,
}

impl Bin {
    /// The share of the answers that are not slower than `value`. It is taken
    /// to grow evenly between the values that are known.
    fn share_up_to(&self, value: f64) -> f64 {
        let Some(figures) = self.figures else { return 0.0 };
        if value >= figures[5] {
            return 1.0;
        }
        let above = figures.iter().position(|figure| *figure > value);
        match above {
            None => 1.0,
            Some(0) => 0.0,
            Some(above) => {
                let (low, high) = (figures[above - 1], figures[above]);
                let part = (value - low) / (high - low);
                let (first, last) = (SHARES[above - 1], SHARES[above]);
                first + part * (last - first)
            }
        }
    }

    fn answers(&self) -> f64 {
        self.count.saturating_sub(self.failed) as f64
    }
}

/// The value that a share of the answers of all bins does not exceed. The
/// average of the bins' percentiles would not be a percentile. This adds up
/// the bins' distributions, and finds the value at which the sum reaches the
/// share.
fn percentile(bins: &[Bin], share: f64) -> Option<f64> {
    let known = || bins.iter().filter(|bin| bin.figures.is_some());
    let figure =
        |at: usize| known().filter_map(move |bin| Some(bin.figures?[at]));
    let (mut low, mut high) =
        (figure(0).reduce(f64::min)?, figure(5).reduce(f64::max)?);
    let wanted = known().map(Bin::answers).sum::<f64>() * share;
    // Halving 50 times leaves less than any clock can tell.
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        let reached: f64 =
            known().map(|bin| bin.answers() * bin.share_up_to(middle)).sum();
        match reached < wanted {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(high)
}

/// Several bins as one.
pub(crate) fn merge(bins: &[Bin]) -> Bin {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
        return Bin::default();
    };
    let figures = match bins {
        [one] => one.figures,
        _ => (|| {
            let mut figures = [0.0; 6];
            for (figure, share) in figures.iter_mut().zip(SHARES) {
                *figure = percentile(bins, share)?;
            }
            Some(figures)
        })(),
    };
    Bin {
        at: first.at,
        length: last.at + last.length - first.at,
        count: bins.iter().map(|bin| bin.count).sum(),
        failed: bins.iter().map(|bin| bin.failed).sum(),
        figures,
    }
}

/// The bins of a period merged into at most about `columns`, each of the same
/// length of time.
pub(crate) fn rebin(
    bins: &[Bin],
    from: i64,
    to: i64,
    columns: i64,
) -> Vec<Bin> {
    let step = ((to - from) / columns).max(1);
    let column = |bin: &Bin| (bin.at - from).div_euclid(step);
    bins.chunk_by(|one, next| column(one) == column(next)).map(merge).collect()
}

/// Where the axis of a chart ends that shows these high values, the 95th
/// percentiles of bins: 40 % above all but the highest 2 % of them. A rare
/// peak would press everything else to the bottom.
pub fn axis_maximum(high: impl IntoIterator<Item = f64>) -> Option<f64> {
    // Of fewer than 50 values, this is the highest.
    let usual = high.into_iter().collect::<Sorted>().percentile(98)?;
    Some(usual * 1.4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(at: i64, count: u64, failed: u64, figures: [f64; 6]) -> Bin {
        Bin { at, length: 60, count, failed, figures: Some(figures) }
    }

    #[test]
    fn percentiles_of_several_bins_are_those_of_all_their_answers() {
        // 100 answers of 0 to 100 ms, evenly, and 100 of 100 to 200 ms.
        let figures = [0.0, 25.0, 50.0, 75.0, 95.0, 100.0];
        let slower = figures.map(|figure| figure + 100.0);
        let bins = [bin(0, 100, 0, figures), bin(60, 110, 10, slower)];
        let near = |share, value: f64| {
            let found = percentile(&bins, share).expect("answers");
            assert!((found - value).abs() < 0.01, "{share}: {found}");
        };
        near(0.25, 50.0);
        near(0.5, 100.0);
        near(0.75, 150.0);
        near(1.0, 200.0);
        let sum = merge(&bins);
        assert_eq!((sum.count, sum.failed, sum.length), (210, 10, 120));
        let [least, .., most] = sum.figures.expect("answers");
        assert!(least < 0.01 && (most - 200.0).abs() < 0.01);
    }

    #[test]
    fn a_peak_is_cut_off_only_where_others_show_that_it_is_rare() {
        let with_peak = |others: usize| {
            axis_maximum([500.0].into_iter().chain(vec![10.0; others]))
        };
        assert_eq!(with_peak(5), Some(700.0));
        assert_eq!(with_peak(50), Some(14.0));
        assert_eq!(axis_maximum([]), None);
    }

    #[test]
    fn where_nothing_answered_there_is_no_percentile() {
        let silent = Bin { count: 5, failed: 5, ..Bin::default() };
        assert_eq!(percentile(&[silent], 0.5), None);
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(merge(&[silent, silent]).failed, 10);
    }

    #[test]
    fn one_value_is_its_own_percentile() {
        let one = bin(0, 1, 0, [7.0; 6]);
        assert_eq!(percentile(&[one], 0.95), Some(7.0));
        let coarse = rebin(&[one, bin(60, 1, 1, [9.0; 6])], 0, 120, 1);
        assert_eq!((coarse.len(), coarse[0].count), (1, 2));
    }
}
