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

    /// Bits per second over the last so many seconds, if they were all
    /// watched.
    pub fn rate(&self, seconds: f64) -> Option<f64> {
        self.rate_between(self.last().0 - seconds, self.last().0)
    }

    /// Bits per second between two times, as far as readings lie there.
    pub fn rate_between(&self, from: f64, to: f64) -> Option<f64> {
        // Readings come a little late, never early.
        let slack = SAMPLE.as_secs_f64() / 2.0;
        let begin = self.0.iter().find(|(at, _)| *at >= from - slack)?;
        let end = self.0.iter().rev().find(|(at, _)| *at <= to + slack)?;
        rate(*begin, *end)
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
