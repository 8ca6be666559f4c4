//! What is usual, learnt from what was measured.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use statistics::median;

/// The shortest time between two values that are kept, in milliseconds.
const SPACING: i64 = 5 * 60 * 1000;

/// The number of values that are kept: a day of pings, or the last 288 speed
/// tests.
const MOST: usize = 288;

/// The number of values that it takes to know what is unusual: an hour of
/// pings, or two days of a test every four hours.
const ENOUGH: usize = 12;

/// A value is unusual from this number of standard deviations on.
const DEVIATIONS: f64 = 6.0;

/// A median absolute deviation times this is the standard deviation of values
/// that are normally distributed.
const NORMAL: f64 = 1.4826;

/// A value that is closer to the median than this part of it is never unusual,
/// however steady the values are.
const LEAST_PART: f64 = 0.25;

/// What is usual for one series.
///
/// The median and the median absolute deviation (MAD) of at most the last
/// 288 good values, no two of them within five minutes: nearly half of all
/// values may be nonsense, and neither figure moves far. A value is unusual
/// when its distance from the median is more than six standard deviations
/// (1.4826 MAD each), more than a quarter of the median and, for times, more
/// than 5 ms. Until 12 values are known the baseline is *learning* and calls
/// nothing unusual.
///
/// Unusual values are not learnt, so that lasting trouble does not become
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
        self.usual = median(values.clone()).unwrap_or_default();
        let distances = values.map(|value| (value - self.usual).abs());
        self.deviation = median(distances).unwrap_or_default();
    }

    /// Whether too few values are known to judge.
    pub fn is_learning(&self) -> bool {
        self.values.len() < ENOUGH
    }

    /// The number of values that are known, and the number that is needed.
    pub fn progress(&self) -> (usize, usize) {
        (self.values.len().min(ENOUGH), ENOUGH)
    }

    /// The usual value, or nothing while learning.
    pub fn usual(&self) -> Option<f64> {
        (!self.is_learning()).then_some(self.usual)
    }

    // ANCHOR: threshold
    /// The value from which on a value is unusual on the bad side, or nothing
    /// while learning. `least` is a distance that is never unusual.
    pub fn threshold(&self, more_is_better: bool, least: f64) -> Option<f64> {
        let usual = self.usual()?;
        let apart = (DEVIATIONS * NORMAL * self.deviation)
            .max(usual.abs() * LEAST_PART)
            .max(least);
        // However wildly a speed varies, standing still is unusual.
        let lowest = usual * LEAST_PART;
        match more_is_better {
            true => Some((usual - apart).max(lowest)),
            false => Some(usual + apart),
        }
    }
    // ANCHOR_END: threshold
}
