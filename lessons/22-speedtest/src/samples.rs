//! Is a rate steady? A counter is read every 50 ms, and this judges it.

use crate::figures::median;
use std::time::Duration;

/// How often the counter is read.
pub(crate) const SAMPLE: Duration = Duration::from_millis(50);
/// So many windows must agree ...
const WINDOWS: usize = 3;
/// ... each so many samples long ...
const WINDOW: usize = 8;
/// ... to this part of their mean.
const AGREEMENT: f64 = 0.02;
/// The time that the windows take, in seconds.
const NEEDED: f64 =
    (WINDOWS * WINDOW) as f64 * SAMPLE.as_millis() as f64 / 1000.0;

/// A slope is found from about so many readings at most.
const MOST_READINGS: usize = 100;

/// Readings of a byte counter: seconds since the beginning, and bytes.
#[derive(Default)]
pub(crate) struct Samples(Vec<(f64, u64)>);

impl Samples {
    pub fn push(&mut self, seconds: f64, bytes: u64) {
        self.0.push((seconds, bytes));
    }

    /// The last reading.
    pub fn last(&self) -> (f64, u64) {
        self.0.last().copied().unwrap_or_default()
    }

    /// Bits per second over the last so many seconds, or over all there are.
    pub fn rate(&self, seconds: f64) -> Option<f64> {
        let from = self.from(self.last().0 - seconds);
        rate(*from.first()?, *from.last()?)
    }

    // ANCHOR: slope
    /// Bits per second since a time: the median of the slopes between any two
    /// readings (Theil's and Sen's). After a lost packet, data are held back
    /// for a moment and then come all at once. That falsifies the slopes of
    /// the few readings in between, and not the median.
    pub fn slope(&self, since: f64) -> Option<f64> {
        let from = self.from(since);
        // Of a long test, only some of the readings, evenly spread.
        let some = from.len() / MOST_READINGS + 1;
        let some: Vec<_> = from.iter().step_by(some).copied().collect();
        let pairs = some.iter().enumerate().flat_map(|(at, begin)| {
            some[at + 1..].iter().filter_map(|end| rate(*begin, *end))
        });
        median(&pairs.collect::<Vec<f64>>())
    }
    // ANCHOR_END: slope

    /// The readings since a time.
    fn from(&self, since: f64) -> &[(f64, u64)] {
        // Readings come a little late, never early.
        let slack = SAMPLE.as_secs_f64() / 2.0;
        let before = |reading: &(f64, u64)| reading.0 < since - slack;
        &self.0[self.0.partition_point(before)..]
    }

    /// Whether the rates of the last windows agree, none of which began
    /// before `since`. A rate of 0 is never steady.
    pub fn is_steady(&self, since: f64) -> bool {
        let Some(first) = self.0.len().checked_sub(WINDOWS * WINDOW + 1) else {
            return false;
        };
        let last = &self.0[first..];
        let edges: Vec<_> = last.iter().step_by(WINDOW).collect();
        let rates: Vec<f64> = edges
            .windows(2)
            .filter_map(|edge| rate(*edge[0], *edge[1]))
            .collect();
        last[0].0 >= since && rates.len() == WINDOWS && agree(&rates)
    }

    /// Since when the rate is the one that has just become steady: since
    /// `calm`, if the mean since then agrees too, or else since the first of
    /// the windows. Three windows may agree by chance, with a burst in one
    /// whose pause lies before it; the longer span has both.
    pub fn steady_since(&self, calm: f64) -> f64 {
        let late = self.last().0 - NEEDED;
        let both = [self.slope(calm), self.slope(late)];
        match both.map(Option::unwrap_or_default) {
            rates if agree(&rates) => calm.min(late),
            _ => late,
        }
    }

    /// For how long nothing has moved, in seconds.
    pub fn still(&self) -> f64 {
        let (now, bytes) = self.last();
        let still = self.0.iter().rev().take_while(|(_, b)| *b == bytes);
        still.last().map_or(0.0, |(since, _)| now - since)
    }
}

fn rate(begin: (f64, u64), end: (f64, u64)) -> Option<f64> {
    let seconds = end.0 - begin.0;
    let bytes = end.1.saturating_sub(begin.1);
    (seconds > 0.0).then(|| bytes as f64 * 8.0 / seconds)
}

// ANCHOR: agree
/// Whether all rates lie within 2 % of each other, and something moves.
fn agree(rates: &[f64]) -> bool {
    let highest = rates.iter().copied().fold(f64::MIN, f64::max);
    let lowest = rates.iter().copied().fold(f64::MAX, f64::min);
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    mean > 0.0 && highest - lowest <= AGREEMENT * mean
}
// ANCHOR_END: agree

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings every 50 ms of a counter that grows by these many bytes.
    fn samples(steps: impl IntoIterator<Item = u64>) -> Samples {
        let mut samples = Samples::default();
        let (mut seconds, mut bytes) = (0.0, 0);
        samples.push(seconds, bytes);
        for step in steps {
            seconds += SAMPLE.as_secs_f64();
            bytes += step;
            samples.push(seconds, bytes);
        }
        samples
    }

    #[test]
    fn a_rate_is_steady_after_three_windows_that_agree() {
        assert!(!samples([1000; 23]).is_steady(0.0));
        assert!(samples([1000; 24]).is_steady(0.0));
        let rate = samples([1000; 24]).rate(1.0).expect("24 samples");
        assert!((rate - 160_000.0).abs() < 1.0, "{rate}");
    }

    #[test]
    fn the_slope_bears_with_what_is_held_back_and_comes_at_once() {
        let steady = samples([1000; 24]);
        let slope = steady.slope(0.0).expect("24 samples");
        assert!((slope - 160_000.0).abs() < 1.0, "{slope}");

        let burst = [0, 0, 5000].into_iter().chain([1000; 21]);
        let burst = samples(burst.chain([0]));
        let slope = burst.slope(0.0).expect("25 samples");
        assert!((slope - 160_000.0).abs() < 1.0, "{slope}");
        let late = burst.slope(0.15 - 0.01).expect("23 samples");
        assert!((late - 160_000.0).abs() < 1.0, "{late}");
    }

    #[test]
    fn the_slope_of_a_long_test_is_found_as_well() {
        let slope = samples([1000; 5000]).slope(0.0).expect("5000 samples");
        assert!((slope - 160_000.0).abs() < 1.0, "{slope}");
    }

    #[test]
    fn the_ramp_does_not_count() {
        let ramp = (0..16).map(|step| step * 100);
        let ramp = ramp.chain([2000; 24]);
        assert!(!samples(ramp.clone().take(39)).is_steady(0.0));
        assert!(samples(ramp.clone()).is_steady(0.8 - 0.001));
        assert!(!samples(ramp).is_steady(0.9));
    }

    #[test]
    fn what_agrees_with_the_steady_rate_counts_as_well() {
        // A pause and the burst after it, then 24 steady samples: three
        // windows can begin between the two.
        let pause = [0, 2000].into_iter().chain([1000; 24]);
        assert_eq!(samples(pause).steady_since(0.0), 0.0);
        // A ramp is something else.
        let ramp = [100; 20].into_iter().chain([1000; 24]);
        let since = samples(ramp).steady_since(0.0);
        assert!((since - 1.0).abs() < 0.001, "{since}");
    }

    #[test]
    fn a_rate_that_wanders_is_not_steady() {
        let wander = (0..24).map(|step| if step < 12 { 1000 } else { 1030 });
        assert!(!samples(wander).is_steady(0.0));
    }

    #[test]
    fn nothing_is_not_steady() {
        let nothing = samples([0; 40]);
        assert!(!nothing.is_steady(0.0));
        assert!((nothing.still() - 2.0).abs() < 0.001);
    }
}
