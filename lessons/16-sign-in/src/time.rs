//! The time of the clock on the wall, since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// In seconds.
pub(crate) fn now() -> u64 {
    since_1970().as_secs()
}

/// In milliseconds.
pub(crate) fn now_ms() -> i64 {
    i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
