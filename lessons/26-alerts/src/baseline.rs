//! What is usual, learnt from what was measured.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// At most one value in so many milliseconds is kept: five minutes.
const SPACING: i64 = 5 * 60 * 1000;

/// How many values are kept: a day of pings, or the last 288 speed tests.
const MOST: usize = 288;

/// How many values it needs before it says what is unusual: an hour of
/// pings, or two days of a test every four hours.
const ENOUGH: usize = 12;

/// How many times the usual deviation makes a value unusual.
const DEVIATIONS: f64 = 6.0;

/// A median absolute deviation times this is a standard deviation, where
/// values are spread as the bell curve.
const NORMAL: f64 = 1.4826;

/// Nothing closer to the median than this part of it is unusual, however
/// steady the values are. A wire at 0.2 ms that answers in 0.3 is well.
const LEAST_PART: f64 = 0.25;

/// What is usual for one series.
///
/// The median and the median absolute deviation (MAD) of at most the last
/// 288 good values, no two of them within five minutes: half of all values
/// may be nonsense, and neither moves. Unusual is what lies further from the
/// median than six standard deviations (1.4826 MAD each), a quarter of the
/// median, or, for times, 5 ms: whichever is most. Until 12 values are known
/// it is *learning* and calls nothing unusual.
///
/// Unusual values are not learnt, so that trouble that lasts does not become
/// usual.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    values: VecDeque<(i64, f64)>,
    /// The median, kept because it is asked for with every sample and
    /// changes only when something is learnt.
    usual: f64,
    /// The median absolute deviation.
    deviation: f64,
}

impl Baseline {
    /// Learns a good value, measured at a time in Unix milliseconds.
    pub fn learn(&mut self, at: i64, value: f64) {
        if !value.is_finite() {
            return;
        }
        if let Some((last, _)) = self.values.back() {
            // A clock that was turned back must not stop the learning.
            let since = at.saturating_sub(*last);
            if (0..SPACING).contains(&since) {
                return;
            }
        }
        self.values.push_back((at, value));
        if self.values.len() > MOST {
            self.values.pop_front();
        }
        let values = self.values.iter().map(|(_, value)| *value);
        let usual = median(values.clone());
        self.deviation = median(values.map(|value| (value - usual).abs()));
        self.usual = usual;
    }

    /// Whether it knows too little to judge.
    pub fn is_learning(&self) -> bool {
        self.values.len() < ENOUGH
    }

    /// How many values it knows, and how many it needs.
    pub fn progress(&self) -> (usize, usize) {
        (self.values.len().min(ENOUGH), ENOUGH)
    }

    /// The usual value, or nothing while learning.
    pub fn usual(&self) -> Option<f64> {
        (!self.is_learning()).then_some(self.usual)
    }

    /// The value from which on one is unusual on the bad side, or nothing
    /// while learning. `least` is a distance that is never unusual.
    pub fn threshold(&self, more_is_better: bool, least: f64) -> Option<f64> {
        let usual = self.usual()?;
        let apart = (DEVIATIONS * NORMAL * self.deviation)
            .max(usual.abs() * LEAST_PART)
            .max(least);
        // A speed that varies wildly must still be told from standing still.
        let lowest = usual * LEAST_PART;
        match more_is_better {
            true => Some((usual - apart).max(lowest)),
            false => Some(usual + apart),
        }
    }
}

/// The median of at least one value.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}
