//! Charts, as SVG that is drawn into the page (W3C, SVG 2).

mod axes;
mod latency;
mod speed;

use maud::{Markup, html};

pub use latency::latency_chart;
pub use speed::{line_key, speed_chart};

/// The size of a chart in units of its own; the page scales it to its width.
const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 170.0;
/// The margins; the axes are labelled at the left and below.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 24.0;

/// The plane of a chart, on which times and values become places.
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

/// A chart around its parts, with a name for those who do not see it.
fn chart(name: &str, parts: &Markup) -> Markup {
    let view = format!("0 0 {WIDTH} {HEIGHT}");
    html! { svg viewBox=(view) role="img" aria-label=(name) { (parts) } }
}

/// A shape as a legend shows it.
pub fn key(class: &str, path: &str) -> Markup {
    key_around(&html! { path class=(class) d=(path) {} })
}

fn key_around(shapes: &Markup) -> Markup {
    html! { svg viewBox="0 0 24 12" aria-hidden="true" { (shapes) } }
}
