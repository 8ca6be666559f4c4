//! Short words for figures and times.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A round trip: `12.3 ms`, or `lost`.
pub fn latency(milliseconds: Option<f64>) -> String {
    let Some(ms) = milliseconds else { return "lost".to_owned() };
    match ms {
        100.0.. => format!("{ms:.0} ms"),
        10.0.. => format!("{ms:.1} ms"),
        _ => format!("{ms:.2} ms"),
    }
}

/// A rate in bits per second: `93.1 Mbit/s`.
pub fn speed(bps: f64) -> String {
    match bps {
        1e9.. => format!("{:.2} Gbit/s", bps / 1e9),
        1e8.. => format!("{:.0} Mbit/s", bps / 1e6),
        1e5.. => format!("{:.1} Mbit/s", bps / 1e6),
        _ => format!("{:.1} kbit/s", bps / 1e3),
    }
}

/// A share from 0 to 1: `1.7 %`. A share above 0 never reads as 0.
pub fn share(part: f64) -> String {
    match part * 100.0 {
        0.0 => "0 %".to_owned(),
        ..0.1 => "<0.1 %".to_owned(),
        percent @ ..10.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// A length of time: `32 min`.
pub fn duration(milliseconds: i64) -> String {
    match milliseconds.max(0) / 1000 {
        seconds @ ..90 => format!("{seconds} s"),
        seconds @ ..5_400 => format!("{} min", seconds / 60),
        seconds @ ..129_600 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// A moment in this machine's time zone, by a pattern of strftime.
pub fn moment(at: i64, pattern: &str) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_zoned(TimeZone::system()).strftime(pattern).to_string()
}

/// Values as a line of bars, the newest at the right; a lost one is a ×.
pub fn bars(values: &[Option<f64>], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = &values[values.len().saturating_sub(width)..];
    let top = shown.iter().flatten().copied().fold(0.0, f64::max);
    let bar = |value: &Option<f64>| match value {
        None => '×',
        Some(_) if top <= 0.0 => BARS[0],
        Some(value) => BARS[((value / top * 7.0).round() as usize).min(7)],
    };
    let line: String = shown.iter().map(bar).collect();
    format!("{line:>width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_hide_a_loss() {
        assert_eq!(latency(Some(1.944)), "1.94 ms");
        assert_eq!(latency(None), "lost");
        assert_eq!(speed(93.14e6), "93.1 Mbit/s");
        assert_eq!(share(0.0), "0 %");
        assert_eq!(share(0.000_1), "<0.1 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(duration(32 * 60_000), "32 min");
    }

    #[test]
    fn bars_stand_at_the_right_and_show_losses() {
        let values = [Some(9.0), Some(1.0), None, Some(8.0)];
        assert_eq!(bars(&values, 5), " █▂×▇");
        assert_eq!(bars(&values, 3), "▂×█");
        assert_eq!(bars(&[Some(0.0)], 1), "▁");
        assert_eq!(bars(&[], 2), "  ");
    }
}
