//! Pictures of what was measured, as SVG drawn into the page (W3C, SVG 2).

use std::fmt::Write;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::measured::{coarser, usual};
use super::words::{escape, speed, written};
use super::{ReportInput, TargetReport, TestReport};

/// The picture in units of its own; the page scales it to its width.
const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 170.0;
/// What the scales take at the left and below.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 24.0;
/// A picture of this many columns can still be printed.
const COLUMNS: i64 = 350;
/// How tall the mark of a total loss is.
const LOSS: f64 = 12.0;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The plane of a picture: times and values become places.
struct Plane {
    from: i64,
    to: i64,
    top: f64,
}

impl Plane {
    fn x(&self, at: i64) -> f64 {
        let part =
            (at - self.from) as f64 / (self.to - self.from).max(1) as f64;
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value / self.top).clamp(0.0, 1.0);
        HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
    }

    fn floor(&self) -> f64 {
        HEIGHT - BOTTOM
    }
}

/// The latency of a target, as SmokePing draws it.
pub fn smoke(input: &ReportInput, target: &TargetReport) -> String {
    let bins = coarser(&target.bins, input.from, input.to, COLUMNS);
    let figures = bins.iter().filter_map(|bin| bin.figures);
    // The table says how high the peaks were that are cut off.
    let usual = usual(figures.map(|figures| figures[4]));
    let (ticks, top) = scale(usual.unwrap_or(1.0));
    let plane = Plane { from: input.from, to: input.to, top };

    let mut all = String::new();
    let mut middle = String::new();
    let mut medians = String::new();
    let mut losses = String::new();
    for bin in &bins {
        let x = plane.x(bin.at);
        let width = (plane.x(bin.at + bin.length) - x).max(0.6);
        let band = |path: &mut String, low: f64, high: f64| {
            let (low, high) = (plane.y(low), plane.y(high));
            rectangle(path, x, high, width, (low - high).max(0.4));
        };
        if let Some([least, p25, median, p75, _, most]) = bin.figures {
            band(&mut all, least, most);
            band(&mut middle, p25, p75);
            rectangle(&mut medians, x, plane.y(median) - 0.7, width, 1.4);
        }
        if bin.failed > 0 {
            let lost = bin.failed as f64 / bin.count.max(1) as f64;
            let height = 2.0 + lost * (LOSS - 2.0);
            rectangle(&mut losses, x, plane.floor() - height, width, height);
        }
    }
    let label = format!("Latency of {} over time", target.name);
    let mut svg = begin(&label);
    axes(&mut svg, &plane, &input.zone, &ticks, round_latency);
    for (class, path) in [
        ("all", all),
        ("middle", middle),
        ("median", medians),
        ("lost", losses),
    ] {
        let _ = write!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
    }
    svg + "</svg>"
}

/// Download and upload over time, the promised ones, and failures.
pub fn speeds(input: &ReportInput, tests: &[&TestReport]) -> String {
    let promised = [input.about.download_bps, input.about.upload_bps];
    let measured = tests
        .iter()
        .flat_map(|test| [test.download_bps, test.upload_bps])
        .chain(promised)
        .flatten();
    let (ticks, top) = scale(measured.fold(1.0, f64::max) * 1.1);
    let plane = Plane { from: input.from, to: input.to, top };
    let mut svg = begin("Download and upload over time");
    axes(&mut svg, &plane, &input.zone, &ticks, |bps| {
        speed(Some(bps)).replace(".0\u{a0}", "\u{a0}")
    });
    for (class, bps) in ["download", "upload"].into_iter().zip(promised) {
        if let Some(bps) = bps {
            let y = plane.y(bps);
            let _ = write!(
                svg,
                "<path class=\"promised {class}\" d=\"M{LEFT:.1} {y:.1}H{:.1}\"\
                 /><text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" \
                 text-anchor=\"end\">promised</text>",
                WIDTH - RIGHT,
                WIDTH - RIGHT,
                y - 3.0
            );
        }
    }
    let download = |test: &TestReport| test.download_bps;
    let upload = |test: &TestReport| test.upload_bps;
    line(&mut svg, &plane, "download", tests, download);
    line(&mut svg, &plane, "upload", tests, upload);
    for test in tests.iter().filter(|test| test.failed()) {
        let (x, y) = (plane.x(test.at), plane.floor() - 7.0);
        let _ = write!(
            svg,
            "<path class=\"cross\" d=\"M{:.1} {:.1}l7 7m0 -7l-7 7\"/>",
            x - 3.5,
            y - 3.5
        );
    }
    svg + "</svg>"
}

/// A line with a dot for each test, broken where one failed.
fn line(
    svg: &mut String,
    plane: &Plane,
    class: &str,
    tests: &[&TestReport],
    value: impl Fn(&TestReport) -> Option<f64>,
) {
    let mut path = String::new();
    let mut dots = String::new();
    let mut pen = 'M';
    for test in tests {
        let Some(bps) = value(test) else {
            pen = 'M';
            continue;
        };
        let (x, y) = (plane.x(test.at), plane.y(bps));
        let _ = write!(path, "{pen}{x:.1} {y:.1}");
        // A round dot and a square one, for those who see no colours.
        let _ = match class {
            "download" => write!(
                dots,
                "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.8\"\
                 />"
            ),
            _ => write!(
                dots,
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"3.4\" \
                 height=\"3.4\"/>",
                x - 1.7,
                y - 1.7
            ),
        };
        pen = 'L';
    }
    let _ = write!(svg, "<path class=\"line {class}\" d=\"{path}\"/>{dots}");
}

fn begin(label: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"{}\">",
        escape(label)
    )
}

fn rectangle(path: &mut String, x: f64, y: f64, width: f64, height: f64) {
    let _ =
        write!(path, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h{:.1}z", -width);
}

/// Four or five round values from 0 on, and the picture's top.
fn scale(most: f64) -> (Vec<f64>, f64) {
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

fn axes(
    svg: &mut String,
    plane: &Plane,
    zone: &TimeZone,
    ticks: &[f64],
    words: impl Fn(f64) -> String,
) {
    for tick in ticks {
        let y = plane.y(*tick);
        let words = if *tick == 0.0 { "0".to_owned() } else { words(*tick) };
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT:.1} {y:.1}H{:.1}\"/><text \
             x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{words}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 3.5
        );
    }
    for (at, words) in times(plane.from, plane.to, zone) {
        let x = plane.x(at);
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {TOP:.1}V{:.1}\"/><text \
             x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{words}</text>",
            plane.floor(),
            HEIGHT - 8.0
        );
    }
}

/// A round value of the scale: `20 ms`, not `20.0 ms`.
fn round_latency(milliseconds: f64) -> String {
    format!("{milliseconds}\u{a0}ms")
}

/// Round times within a range, about eight, with their labels.
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
            found.push((time, written(time, zone, pattern)));
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
        assert_eq!(round_latency(scale(0.7).0[3]), "0.6\u{a0}ms");
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
