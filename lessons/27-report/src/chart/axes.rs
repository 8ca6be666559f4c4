//! The axes of a chart: round values at the left, round times below.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use maud::{Markup, html};

use super::{HEIGHT, LEFT, Plane, RIGHT, TOP, WIDTH};
use crate::format::strftime;
use crate::{DAY, HOUR};

/// Lines across the chart with their labels; `label` writes a value.
pub fn axes(
    plane: &Plane,
    zone: &TimeZone,
    ticks: &[f64],
    label: impl Fn(f64) -> String,
) -> Markup {
    let values = ticks.iter().map(|tick| match tick {
        0.0 => (plane.y(0.0), "0".to_owned()),
        tick => (plane.y(*tick), label(*tick)),
    });
    let times = times(plane.from, plane.to, zone);
    let times = times.into_iter().map(|(at, label)| (plane.x(at), label));
    let (end, floor) = (WIDTH - RIGHT, plane.floor());
    html! {
        @for (y, label) in values {
            path.grid d=(format!("M{LEFT:.1} {y:.1}H{end:.1}")) {}
            text x=(LEFT - 6.0) y=(format!("{:.1}", y + 3.5))
                text-anchor="end" { (label) }
        }
        @for (x, label) in times {
            path.grid d=(format!("M{x:.1} {TOP:.1}V{floor:.1}")) {}
            text x=(format!("{x:.1}")) y=(HEIGHT - 8.0)
                text-anchor="middle" { (label) }
        }
    }
}

/// Four or five round values from 0 on, and the end of the axis.
pub fn scale(most: f64) -> (Vec<f64>, f64) {
    let rough = (most / 4.0).max(1e-6);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough);
    // Sums of tenths are not round; to the sixth digit they are.
    let round = |value: f64| (value * 1e6).round() / 1e6;
    let ticks = (0..5).map(|tick| round(f64::from(tick) * step));
    let ticks: Vec<f64> = ticks.filter(|tick| *tick <= most).collect();
    (ticks, most)
}

/// About eight round times within a period, with their labels.
fn times(from: i64, to: i64, zone: &TimeZone) -> Vec<(i64, String)> {
    let length = to - from;
    let (step, pattern) = if length <= HOUR {
        (Span::new().minutes(10), "%H:%M")
    } else if length <= 10 * HOUR {
        (Span::new().hours(1), "%H:%M")
    } else if length <= 2 * DAY {
        (Span::new().hours(6), "%H:%M")
    } else {
        let days = length / DAY / 8 + 1;
        (Span::new().days(days.min(20_000)), "%-d %b")
    };
    let begin = Timestamp::from_millisecond(from).unwrap_or_default();
    let begin: Zoned = begin.to_zoned(zone.clone());
    let Ok(mut at) = begin.start_of_day() else { return Vec::new() };
    let mut found = Vec::new();
    // Ten minutes of a whole day are 144 steps.
    for _ in 0..400 {
        let time = at.timestamp().as_millisecond();
        if time > to {
            break;
        }
        if time >= from {
            found.push((time, strftime(time, zone, pattern)));
        }
        let Ok(next) = at.checked_add(step) else { break };
        at = next;
    }
    // A label at the very edge would be cut.
    let edge = length / 40;
    found.retain(|(at, _)| at - from >= edge && to - at >= edge);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_and_times_are_local() {
        assert_eq!(scale(100.0).0, [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(scale(3.3).0, [0.0, 1.0, 2.0, 3.0]);
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let (from, to) = (0, 2 * DAY);
        let labels = times(from, to, &zone);
        assert_eq!(labels[0], (5 * HOUR, "06:00".to_owned()));
        let labels = times(from, 7 * DAY, &zone);
        assert_eq!(labels[0], (23 * HOUR, "2 Jan".to_owned()));
    }

    #[test]
    fn no_range_is_too_long_or_too_short() {
        for (from, to) in [(0, 0), (0, 1), (i64::MIN / 4, i64::MAX / 4)] {
            assert!(times(from, to, &TimeZone::UTC).len() < 500);
        }
    }
}
