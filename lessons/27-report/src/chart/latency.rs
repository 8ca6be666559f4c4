//! The latency of a target over time, as SmokePing draws it.

use std::fmt::Write;

use maud::{Markup, html};

use super::axes::{axes, scale};
use super::{Plane, TOP, chart};
use crate::bins::{axis_maximum, rebin};
use crate::{Report, TargetReport};

/// The columns of the chart: that many can still be printed.
const COLUMNS: i64 = 350;
/// How tall the mark of a total loss is.
const LOSS: f64 = 12.0;

/// Bands from the fastest to the slowest answer and of the middle half of
/// them, the median, and below them the losses.
pub fn latency_chart(report: &Report, target: &TargetReport) -> Markup {
    let bins = rebin(&target.bins, report.from, report.to, COLUMNS);
    let figures = bins.iter().filter_map(|bin| bin.figures);
    // The table says how high the peaks were that are cut off.
    let maximum = axis_maximum(figures.map(|figures| figures[4]));
    let (ticks, top) = scale(maximum.unwrap_or(1.0));
    let plane = Plane { from: report.from, to: report.to, top };

    let mut planned = String::new();
    for window in &target.windows {
        let x = plane.x(window.from);
        let width = (plane.x(window.to) - x).max(0.6);
        rectangle(&mut planned, x, TOP, width, plane.floor() - TOP);
    }
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
    let name = format!("Latency of {} over time", target.name);
    let axes = axes(&plane, &report.zone, &ticks, round_latency);
    chart(
        &name,
        &html! {
            @if !planned.is_empty() {
                path.planned d=(planned) {}
            }
            (axes)
            path.all d=(all) {}
            path.middle d=(middle) {}
            path.median d=(medians) {}
            path.lost d=(losses) {}
        },
    )
}

/// Adds a rectangle to the data of a path (SVG 2, section 9.3).
fn rectangle(path: &mut String, x: f64, y: f64, width: f64, height: f64) {
    let _ =
        write!(path, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h{:.1}z", -width);
}

/// A round value of the scale: `20 ms`, not `20.0 ms`.
fn round_latency(milliseconds: f64) -> String {
    format!("{milliseconds}\u{a0}ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_no_more_digits_than_its_value() {
        assert_eq!(round_latency(scale(0.7).0[3]), "0.6\u{a0}ms");
    }
}
