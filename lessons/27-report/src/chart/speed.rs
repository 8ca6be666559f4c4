//! Download and upload of speed tests over time.

use std::fmt::Write;

use maud::{Markup, html};

use super::axes::{axes, scale};
use super::{LEFT, Plane, RIGHT, WIDTH, chart, key_around};
use crate::format::speed;
use crate::{Report, TestReport};

/// Both speeds, the promised ones as broken lines, failures as crosses.
pub fn speed_chart(report: &Report, tests: &[&TestReport]) -> Markup {
    let promised = [report.about.download_bps, report.about.upload_bps];
    let measured = tests
        .iter()
        .flat_map(|test| [test.download_bps, test.upload_bps])
        .chain(promised)
        .flatten();
    let (ticks, top) = scale(measured.fold(1.0, f64::max) * 1.1);
    let plane = Plane { from: report.from, to: report.to, top };
    let axes = axes(&plane, &report.zone, &ticks, round_speed);
    let failed = tests.iter().filter(|test| test.failed());
    chart(
        "Download and upload over time",
        &html! {
            (axes)
            (promise(&plane, "download", promised[0]))
            (promise(&plane, "upload", promised[1]))
            (line(&plane, "download", tests, |test| test.download_bps))
            (line(&plane, "upload", tests, |test| test.upload_bps))
            @for test in failed {
                path.cross d=(cross(&plane, test.at)) {}
            }
        },
    )
}

/// The line and the mark of a direction, as the legend shows them.
pub fn line_key(class: &str) -> Markup {
    key_around(&html! {
        path.line.(class) d="M0 6h24" {}
        (mark(class, 12.0, 6.0, 3.0))
    })
}

/// The line of a promised speed.
fn promise(plane: &Plane, class: &str, bps: Option<f64>) -> Markup {
    let Some(bps) = bps else { return html! {} };
    let (y, end) = (plane.y(bps), WIDTH - RIGHT);
    html! {
        path.promised.(class) d=(format!("M{LEFT:.1} {y:.1}H{end:.1}")) {}
        text.(class) x=(end) y=(format!("{:.1}", y - 3.0))
            text-anchor="end" { "promised" }
    }
}

/// A line with a mark for each test, broken where one failed.
fn line(
    plane: &Plane,
    class: &str,
    tests: &[&TestReport],
    value: impl Fn(&TestReport) -> Option<f64>,
) -> Markup {
    let mut path = String::new();
    let mut places = Vec::new();
    let mut pen = 'M';
    for test in tests {
        let Some(bps) = value(test) else {
            pen = 'M';
            continue;
        };
        let (x, y) = (plane.x(test.at), plane.y(bps));
        let _ = write!(path, "{pen}{x:.1} {y:.1}");
        places.push((x, y));
        pen = 'L';
    }
    html! {
        path.line.(class) d=(path) {}
        @for (x, y) in places {
            (mark(class, x, y, 1.8))
        }
    }
}

/// Round for download and square for upload, for those who see no colours.
fn mark(class: &str, x: f64, y: f64, radius: f64) -> Markup {
    let decimal = |value: f64| format!("{value:.1}");
    if class == "download" {
        let (x, y, radius) = (decimal(x), decimal(y), decimal(radius));
        return html! { circle.(class) cx=(x) cy=(y) r=(radius) {} };
    }
    let (left, top) = (decimal(x - radius), decimal(y - radius));
    let side = decimal(2.0 * radius);
    html! { rect.(class) x=(left) y=(top) width=(side) height=(side) {} }
}

fn cross(plane: &Plane, at: i64) -> String {
    let (x, y) = (plane.x(at) - 3.5, plane.floor() - 10.5);
    format!("M{x:.1} {y:.1}l7 7m0 -7l-7 7")
}

/// A round value of the scale: `20 Mbit/s`, not `20.0 Mbit/s`.
fn round_speed(bps: f64) -> String {
    speed(Some(bps)).replace(".0\u{a0}", "\u{a0}")
}
