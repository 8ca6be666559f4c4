//! A sample: one measurement, or that it failed.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// A minute in milliseconds.
pub(crate) const MINUTE: i64 = 60_000;
/// An hour in milliseconds.
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// The years 0 to 9999: whatever a clock says, sums with it do not overflow.
const TIMES: RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// Below this, six decimals of a value are kept; from here on, none.
const LARGE: f64 = 1e9;

/// What was measured at one moment, or that it failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The metric, such as `ping`: see [`METRICS`](crate::METRICS).
    pub metric: String,
    /// The target or the speed test.
    pub target: String,
    /// In the metric's unit. Nothing when it was lost or failed.
    pub value: Option<f64>,
    /// Why it failed, in words.
    pub error: Option<String>,
}

impl Sample {
    /// A sample without an error text.
    pub fn new(
        at: i64,
        metric: &str,
        target: &str,
        value: Option<f64>,
    ) -> Sample {
        let (metric, target) = (metric.to_owned(), target.to_owned());
        Sample { at, metric, target, value, error: None }
    }
}

/// The nearest time with which sums do not overflow.
pub(crate) fn sane(at: i64) -> i64 {
    at.clamp(*TIMES.start(), *TIMES.end())
}

/// The start of the minute, hour or other length that a time lies in.
pub(crate) fn start_of(at: i64, length: i64) -> i64 {
    at - at.rem_euclid(length)
}

/// A value as it is kept: nothing where it is not a number.
pub(crate) fn rounded(value: Option<f64>) -> Option<f64> {
    let value = value.filter(|value| value.is_finite())?;
    // Adding 0 turns -0 into 0.
    Some(match value.abs() < LARGE {
        true => (value * 1e6).round() / 1e6 + 0.0,
        false => value.round(),
    })
}
