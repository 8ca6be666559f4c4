//! The resolution of a chart: how many milliseconds one point stands for.

use crate::sample::{HOUR, MINUTE};

/// A chart has about as many points as a large screen has pixels.
const POINTS: i64 = 1500;

const SECOND: i64 = 1000;
const DAY: i64 = 24 * HOUR;

/// The resolutions to choose from. Nothing lies between ten minutes and an
/// hour: to put many minutes together takes longer than anybody waits for a
/// chart.
const RESOLUTIONS: [i64; 18] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

/// The finest resolution at which a length of time, in milliseconds, makes no
/// more points than fit.
pub(crate) fn resolution_for(length: i64) -> i64 {
    let least = length / POINTS;
    RESOLUTIONS
        .into_iter()
        .find(|resolution| *resolution >= least)
        .unwrap_or(least - least % DAY + DAY)
}

/// Whether samples are few enough to be points of their own.
pub(crate) fn fits(samples: u64) -> bool {
    samples <= POINTS as u64
}
