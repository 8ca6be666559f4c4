//! Speed by the hour of the day: a line that is slow each evening is shared
//! by too many.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::TestReport;

/// The speed tests of one hour of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct Hour {
    /// 0 to 23, in the report's zone.
    pub hour: i8,
    /// How many tests ended in it.
    pub tests: usize,
    /// How many of them failed.
    pub failed: usize,
    /// In bits per second.
    pub download: Option<Speeds>,
    /// In bits per second.
    pub upload: Option<Speeds>,
}

/// The median of several speeds and the lowest, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speeds {
    pub median: f64,
    pub worst: f64,
}

impl Speeds {
    /// Of these, if there are any.
    pub fn of(speeds: impl Iterator<Item = f64>) -> Option<Speeds> {
        let mut speeds: Vec<f64> = speeds.collect();
        speeds.sort_by(f64::total_cmp);
        // Of an even number, the one below the middle: one that was measured.
        let median = *speeds.get(speeds.len().checked_sub(1)? / 2)?;
        Some(Speeds { median, worst: speeds[0] })
    }
}

/// The hours of the day in which tests ended.
pub fn by_hour(tests: &[&TestReport], zone: &TimeZone) -> Vec<Hour> {
    let hour_of = |test: &TestReport| {
        let at = Timestamp::from_millisecond(test.at).unwrap_or_default();
        at.to_zoned(zone.clone()).hour()
    };
    let hour = |hour: i8| {
        let tests: Vec<_> =
            tests.iter().filter(|test| hour_of(test) == hour).collect();
        Hour {
            hour,
            tests: tests.len(),
            failed: tests.iter().filter(|test| test.failed()).count(),
            download: Speeds::of(
                tests.iter().filter_map(|test| test.download_bps),
            ),
            upload: Speeds::of(tests.iter().filter_map(|test| test.upload_bps)),
        }
    };
    (0..24).map(hour).filter(|hour| hour.tests > 0).collect()
}
