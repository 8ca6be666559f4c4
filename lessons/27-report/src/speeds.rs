//! Speeds of several tests, and by the hour of the day: a line that is slow
//! each evening is shared by too many.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use statistics::Sorted;

use crate::TestReport;

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

/// The median and the lowest of several speeds, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speeds {
    pub median: f64,
    pub worst: f64,
}

impl Speeds {
    /// Of speeds in any order; nothing of none.
    pub fn of(speeds: impl Iterator<Item = f64>) -> Option<Speeds> {
        let sorted: Sorted = speeds.collect();
        Some(Speeds { median: sorted.median()?, worst: sorted.minimum()? })
    }
}

/// The hours of the day in which tests ended, from midnight on.
pub fn by_hour(tests: &[&TestReport], zone: &TimeZone) -> Vec<Hour> {
    let hour_of = |test: &TestReport| {
        let at = Timestamp::from_millisecond(test.at).unwrap_or_default();
        at.to_zoned(zone.clone()).hour()
    };
    let of_hour = |hour: i8| {
        let ended = tests.iter().filter(|test| hour_of(test) == hour);
        let tests: Vec<_> = ended.collect();
        let downloads = tests.iter().filter_map(|test| test.download_bps);
        let uploads = tests.iter().filter_map(|test| test.upload_bps);
        Hour {
            hour,
            tests: tests.len(),
            failed: tests.iter().filter(|test| test.failed()).count(),
            download: Speeds::of(downloads),
            upload: Speeds::of(uploads),
        }
    };
    (0..24).map(of_hour).filter(|hour| hour.tests > 0).collect()
}
