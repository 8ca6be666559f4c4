//! Is a rate steady? A counter is read every 50 ms, and this judges it.

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
pub(crate) const NEEDED: f64 =
    (WINDOWS * WINDOW) as f64 * SAMPLE.as_millis() as f64 / 1000.0;

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

    /// Bits per second since a time: the slope of the straight line that is
    /// nearest to the readings (least squares). What is held back for a
    /// moment and then comes at once, as after a lost packet, tilts it less
    /// than it changes the difference of two readings.
    pub fn slope(&self, since: f64) -> Option<f64> {
        let from = self.from(since);
        let count = from.len() as f64;
        let mean_time = from.iter().map(|(at, _)| at).sum::<f64>() / count;
        let bytes = |reading: &(f64, u64)| (reading.1 - from[0].1) as f64;
        let mean_bytes = from.iter().map(bytes).sum::<f64>() / count;
        let (mut above, mut below) = (0.0, 0.0);
        for reading in from {
            let late = reading.0 - mean_time;
            above += late * (bytes(reading) - mean_bytes);
            below += late * late;
        }
        (below > 0.0).then(|| above / below * 8.0)
    }

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
    fn the_slope_bears_with_a_burst_at_the_end() {
        let steady = samples([1000; 24]);
        let slope = steady.slope(0.0).expect("24 samples");
        assert!((slope - 160_000.0).abs() < 1.0, "{slope}");

        let burst = samples([1000; 23].into_iter().chain([5000]));
        let slope = burst.slope(0.0).expect("24 samples");
        let difference = burst.rate(2.0).expect("24 samples");
        assert!(slope < 168_000.0, "{slope}");
        assert!(difference > 186_000.0, "{difference}");
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
