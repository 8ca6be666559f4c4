//! Paths: filled, or drawn with a pen.

use std::f64::consts::SQRT_2;

use hayro::hayro_interpret::{DrawProps, FillRule, StrokeProps};
use hayro::kurbo::{self, Affine, BezPath, Rect};

use super::{Canvas, Ground, fill_rule};

/// A dash with its gap that is shorter than this many dots cannot be told from
/// a solid line, and one line could have millions of them.
const SHORTEST_DASH: f64 = 0.5;
/// The thinnest line on paper, in dots (ISO 32000-1, 8.4.3.2).
const THINNEST: f64 = 1.0;

impl Canvas<'_> {
    pub(super) fn fill(
        &mut self,
        path: &BezPath,
        props: &DrawProps<'_>,
        rule: FillRule,
    ) {
        let bounds = props.transform.transform_rect_bbox(path.control_box());
        let Some(area) = self.seen(bounds) else { return };
        self.begin(props);
        self.with_paint(&props.paint, area, false, |canvas| {
            canvas.context.set_fill_rule(fill_rule(rule));
            canvas.context.fill_path(path);
        });
    }

    pub(super) fn fill_rect(&mut self, rect: &Rect, props: &DrawProps<'_>) {
        let bounds = props.transform.transform_rect_bbox(*rect);
        let Some(area) = self.seen(bounds) else { return };
        self.begin(props);
        self.with_paint(&props.paint, area, false, |canvas| {
            canvas.context.set_fill_rule(fill_rule(FillRule::NonZero));
            canvas.context.fill_rect(rect);
        });
    }

    pub(super) fn stroke(
        &mut self,
        path: &BezPath,
        props: &DrawProps<'_>,
        stroke: &StrokeProps,
    ) {
        let pen = self.pen(stroke, props.transform, THINNEST);
        let Some(area) = self.seen(reach(path, &pen, props.transform)) else {
            return;
        };
        self.begin(props);
        self.context.set_stroke(pen);
        self.with_paint(&props.paint, area, true, |canvas| {
            canvas.context.stroke_path(path);
        });
    }

    /// The pen for lines that are drawn under `transform` and are at least
    /// `thinnest` dots wide on paper.
    pub(super) fn pen(
        &self,
        stroke: &StrokeProps,
        transform: Affine,
        thinnest: f64,
    ) -> kurbo::Stroke {
        let scale = scale(transform).max(f64::MIN_POSITIVE);
        let asked_for = f64::from(stroke.line_width);
        let thinnest = match self.ground {
            Ground::Paper => thinnest / scale,
            Ground::Part => 0.01 / scale,
        };
        let period: f64 =
            stroke.dash_array.iter().map(|dash| f64::from(*dash)).sum();
        let dashes = match period * scale >= SHORTEST_DASH {
            true => stroke.dash_array.as_slice(),
            false => &[],
        };
        let dashes = dashes.iter().map(|dash| f64::from(*dash));
        kurbo::Stroke::new(asked_for.max(thinnest))
            .with_join(stroke.line_join)
            .with_miter_limit(stroke.miter_limit.into())
            .with_caps(stroke.line_cap)
            .with_dashes(stroke.dash_offset.into(), dashes)
    }
}

/// How far the line along `path` reaches on paper.
pub(super) fn reach(
    path: &BezPath,
    pen: &kurbo::Stroke,
    transform: Affine,
) -> Rect {
    let margin = pen.width / 2.0 * pen.miter_limit.max(SQRT_2);
    let bounds = path.control_box().inflate(margin, margin);
    transform.transform_rect_bbox(bounds)
}

/// By how much `transform` enlarges lengths, at most.
fn scale(transform: Affine) -> f64 {
    let [a, b, c, d, ..] = transform.as_coeffs();
    a.hypot(b).max(c.hypot(d))
}
