//! Readings of a byte counter, and the rates between them.

use std::time::Duration;

use statistics::median;

/// How often the counter is read.
pub(crate) const SAMPLE: Duration = Duration::from_millis(50);
/// A slope is found from about this number of readings at most.
const MOST_READINGS: usize = 100;

/// The bytes of a full packet: what moves, moves in such steps.
pub(crate) const PACKET: f64 = 1448.0;

/// Seconds since the beginning, and the bytes until then.
pub(crate) type Reading = (f64, u64);

/// The readings of one load, in the order of time.
#[derive(Default)]
pub(crate) struct Samples(Vec<Reading>);

impl Samples {
    pub fn push(&mut self, seconds: f64, bytes: u64) {
        self.0.push((seconds, bytes));
    }

    /// All readings.
    pub fn readings(&self) -> &[Reading] {
        &self.0
    }

    /// The last reading.
    pub fn last(&self) -> Reading {
        self.0.last().copied().unwrap_or_default()
    }

    /// Bits per second over the last `seconds`, or over all there are.
    pub fn rate(&self, seconds: f64) -> Option<f64> {
        let readings = self.since(self.last().0 - seconds);
        rate(*readings.first()?, *readings.last()?)
    }

    // ANCHOR: slope
    /// Bits per second since a time: the median of the slopes between two
    /// readings (after Theil and Sen). After a lost packet, data are held back
    /// for a moment and then come all at once. That falsifies the slopes of
    /// the few readings in between, and not the median.
    ///
    /// The two lie a third of the time apart, or further: where data come in
    /// lumps, readings side by side show nothing, or a whole lump.
    pub fn slope(&self, since: f64) -> Option<f64> {
        // Of a long test, only some of the readings, evenly spread.
        let readings = self.since(since);
        let step = readings.len() / MOST_READINGS + 1;
        let readings: Vec<Reading> =
            readings.iter().step_by(step).copied().collect();

        let apart = (readings.len() / 3).max(1);
        let mut slopes = Vec::new();
        for (index, begin) in readings.iter().enumerate() {
            for end in readings.iter().skip(index + apart) {
                slopes.extend(rate(*begin, *end));
            }
        }
        median(slopes)
    }
    // ANCHOR_END: slope

    /// The readings since a time.
    fn since(&self, seconds: f64) -> &[Reading] {
        // Readings come a little late, never early.
        let slack = SAMPLE.as_secs_f64() / 2.0;
        let before = |reading: &Reading| reading.0 < seconds - slack;
        &self.0[self.0.partition_point(before)..]
    }

    /// The bytes that have moved since a time.
    pub fn moved(&self, since: f64) -> u64 {
        let first = self.since(since).first().map_or(0, |(_, bytes)| *bytes);
        self.last().1.saturating_sub(first)
    }

    /// For how long nothing has moved, in seconds.
    pub fn standstill(&self) -> f64 {
        let (now, bytes) = self.last();
        let still = self.0.iter().rev().take_while(|(_, b)| *b == bytes);
        still.last().map_or(0.0, |(since, _)| now - since)
    }
}

/// Bits per second between two readings.
pub(crate) fn rate(begin: Reading, end: Reading) -> Option<f64> {
    let seconds = end.0 - begin.0;
    let bytes = end.1.saturating_sub(begin.1);
    (seconds > 0.0).then(|| bytes as f64 * 8.0 / seconds)
}

/// Readings every 50 ms of a counter that grows by these numbers of bytes.
#[cfg(test)]
pub(crate) fn samples(steps: impl IntoIterator<Item = u64>) -> Samples {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
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
    fn what_comes_in_lumps_is_not_taken_for_less() {
        // Every second so much as others bring in twenty samples.
        let lump = |at: u32| if at.is_multiple_of(20) { 20_000 } else { 0 };
        let slope = samples((0..80).map(lump)).slope(0.0).expect("a slope");
        assert!((slope / 160_000.0 - 1.0).abs() < 0.06, "{slope}");
    }

    #[test]
    fn the_slope_of_a_long_test_is_found_as_well() {
        let slope = samples([1000; 5000]).slope(0.0).expect("5000 samples");
        assert!((slope - 160_000.0).abs() < 1.0, "{slope}");
    }

    #[test]
    fn a_standstill_is_as_long_as_nothing_moves() {
        let standstill = samples([0; 40]).standstill();
        assert!((standstill - 2.0).abs() < 0.001);
    }
}
