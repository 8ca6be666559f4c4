//! The retention: how long the history is kept.

use std::time::Duration;

/// How long the history is kept: every sample, then a summary of each
/// minute, then one of each hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How long every sample is kept. The default is 7 days.
    pub raw: Duration,
    /// How long the minutes are kept. The default is 90 days.
    pub minute: Duration,
    /// How long the hours are kept. The default is five years.
    pub hour: Duration,
}

impl Default for Retention {
    fn default() -> Retention {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Retention { raw: days(7), minute: days(90), hour: days(5 * 365) }
    }
}
