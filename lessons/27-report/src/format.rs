//! Figures and times as a report writes them. Between a figure and its unit
//! is a space at which no line breaks. Times are in Unix milliseconds.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// To the second: `2026-11-24 02:10:05`.
pub fn moment(at: i64, zone: &TimeZone) -> String {
    strftime(at, zone, "%Y-%m-%d %H:%M:%S")
}

/// To the minute: `2026-11-24 02:10`.
pub fn minute(at: i64, zone: &TimeZone) -> String {
    strftime(at, zone, "%Y-%m-%d %H:%M")
}

/// A time by a pattern of strftime.
pub(crate) fn strftime(at: i64, zone: &TimeZone, pattern: &str) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime(pattern).to_string()
}

/// A time zone as it is at a time: `Europe/Stockholm (UTC+01:00)`.
pub fn zone_name(zone: &TimeZone, at: i64) -> String {
    let offset = strftime(at, zone, "UTC%:z");
    match zone.iana_name() {
        Some("UTC" | "Etc/UTC") => "UTC".to_owned(),
        Some(name) => format!("{name} ({offset})"),
        None => offset,
    }
}

/// A length of time: `2 h 05 min`, `41 s`, `3 days 4 h`.
pub fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / 1000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {:02} s", seconds % 60),
        3600..172_800 => format!("{hours} h {:02} min", minutes % 60),
        _ if hours % 24 == 0 => format!("{} days", hours / 24),
        _ => format!("{} days {} h", hours / 24, hours % 24),
    }
}

/// A round trip: `12.3 ms`.
pub fn latency(milliseconds: Option<f64>) -> String {
    match milliseconds {
        None => "–".to_owned(),
        Some(ms) if ms >= 100.0 => format!("{ms:.0}\u{a0}ms"),
        Some(ms) if ms >= 10.0 => format!("{ms:.1}\u{a0}ms"),
        Some(ms) => format!("{ms:.2}\u{a0}ms"),
    }
}

/// A rate in bits per second: `93.1 Mbit/s`.
pub fn speed(bps: Option<f64>) -> String {
    bps.map_or("–".to_owned(), |bps| format!("{:.1}\u{a0}Mbit/s", bps / 1e6))
}

/// A share from 0 to 1: `1.70 %`. Only nothing reads as 0 %, and only all of
/// it as 100 %.
pub fn share(part: f64) -> String {
    let percent = part * 100.0;
    match percent {
        0.0 => "0\u{a0}%".to_owned(),
        100.0 => "100\u{a0}%".to_owned(),
        ..0.01 => "<\u{a0}0.01\u{a0}%".to_owned(),
        99.99.. => ">\u{a0}99.99\u{a0}%".to_owned(),
        ..10.0 | 90.0.. => format!("{percent:.2}\u{a0}%"),
        _ => format!("{percent:.0}\u{a0}%"),
    }
}

/// A share from 0 to 1 in whole percent, where more digits would say nothing:
/// `92 %`.
pub fn percent(part: f64) -> String {
    format!("{:.0}\u{a0}%", part * 100.0)
}

/// A number: `12 345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
        .collect();
    // A narrow space that does not break.
    groups.join("\u{202f}")
}

/// A number with its noun: `1 test`, `2 tests`.
pub fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number as u64))
}

/// An interval: `1 s`, `500 ms`, `5 min`.
pub fn interval(milliseconds: i64) -> String {
    match milliseconds {
        ..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{} s", milliseconds / 1000),
        _ => format!("{} min", milliseconds / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well_and_hide_nothing() {
        assert_eq!(share(0.000_01), "<\u{a0}0.01\u{a0}%");
        assert_eq!(share(0.999_99), ">\u{a0}99.99\u{a0}%");
        assert_eq!(share(0.9987), "99.87\u{a0}%");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        assert_eq!(duration(41_000), "41 s");
        assert_eq!(duration(125 * 60_000), "2 h 05 min");
        assert_eq!(duration(100 * 3_600_000), "4 days 4 h");
        assert_eq!(duration(168 * 3_600_000), "7 days");
        assert_eq!(plural(1, "test"), "1 test");
    }

    #[test]
    fn a_time_zone_is_named_with_its_offset() {
        assert_eq!(zone_name(&TimeZone::UTC, 0), "UTC");
        let hour = jiff::tz::offset(1);
        let zone = TimeZone::fixed(hour);
        assert_eq!(zone_name(&zone, 0), "UTC+01:00");
        assert_eq!(moment(0, &zone), "1970-01-01 01:00:00");
    }
}
