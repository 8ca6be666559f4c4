//! How finely a chart shows the history.

use super::sample::{HOUR, MINUTE};

/// A chart is two or three points a pixel at most on a large screen.
const POINTS: i64 = 1500;

const SECOND: i64 = 1000;
const DAY: i64 = 24 * HOUR;

/// From one step to the next, the one before is a part of it. There is
/// nothing between ten minutes and an hour: many minutes to put together
/// take longer than anybody waits for a chart.
const STEPS: [i64; 18] = [
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

/// The step that shows so many milliseconds in as many points as fit.
pub(super) fn step_for(length: i64) -> i64 {
    let least = length / POINTS;
    STEPS
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(least - least % DAY + DAY)
}

/// Whether so many samples are shown one by one.
pub(super) fn fits(samples: u64) -> bool {
    samples <= POINTS as u64
}
