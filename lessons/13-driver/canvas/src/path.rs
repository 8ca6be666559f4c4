//! Paths: filled, or drawn with a pen.

use std::f64::consts::SQRT_2;

use hayro_interpret::{DrawProps, FillRule, StrokeProps};
use kurbo::{self, Affine, BezPath, Rect};

use super::{Canvas, Ground, fill_rule};

/// A dash with its gap that is shorter than this many dots cannot be told from
/// a solid line, and one line could have millions of them.
const SHORTEST_DASH: f64 = 0.5;
/// The thinnest line on paper, in dots (ISO 32000-1, 8.4.3.2).
const THINNEST: f64 = 1.0;
/// Up to this ratio of its axes an ellipse is taken for a circle.
const NEARLY_ROUND: f64 = 1.1;

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
        self.stroke_at_least(path, props, stroke, THINNEST);
    }

    /// Draws a line that is at least `thinnest` dots wide on paper.
    pub(super) fn stroke_at_least(
        &mut self,
        path: &BezPath,
        props: &DrawProps<'_>,
        stroke: &StrokeProps,
        thinnest: f64,
    ) {
        let thinnest = match self.ground {
            Ground::Paper => thinnest,
            Ground::Cell | Ground::Glyph => 0.01,
        };
        let (pen, nib) = pen(stroke, props.transform, thinnest);
        // The line as the pen sees it.
        let redrawn = nib.map(|nib| {
            let dashes = pen.dash_pattern.iter().copied();
            let dashes: Vec<f64> = dashes.collect();
            let path = match dashes.is_empty() {
                true => path.clone(),
                false => {
                    kurbo::dash(path.iter(), pen.dash_offset, &dashes).collect()
                }
            };
            nib.inverse() * props.transform * path
        });
        let (path, pen, transform) = match (&redrawn, nib) {
            (Some(redrawn), Some(nib)) => {
                let no_dashes: [f64; 0] = [];
                (redrawn, pen.with_dashes(0.0, no_dashes), nib)
            }
            _ => (path, pen, props.transform),
        };
        let Some(area) = self.seen(reach(path, &pen, transform)) else {
            return;
        };
        self.begin(props);
        self.context.set_transform(transform);
        self.context.set_stroke(pen);
        self.with_paint(&props.paint, area, true, |canvas| {
            canvas.context.stroke_path(path);
        });
    }
}

/// The pen for lines that are drawn under `transform` and are at least
/// `thinnest` dots wide on paper.
///
/// Where a transform flattens the round point of a pen so much that lines of
/// one direction would be thinner, the pen gets a nib: a transform of its own,
/// which takes a circle to a point that is wide enough every way.
fn pen(
    stroke: &StrokeProps,
    transform: Affine,
    thinnest: f64,
) -> (kurbo::Stroke, Option<Affine>) {
    let Axes { long, short, angle } = Axes::of(transform);
    let asked_for = f64::from(stroke.line_width);
    let period: f64 =
        stroke.dash_array.iter().map(|dash| f64::from(*dash)).sum();
    let dashes = match period * long >= SHORTEST_DASH {
        true => stroke.dash_array.as_slice(),
        false => &[],
    };
    let dashes = dashes.iter().map(|dash| f64::from(*dash));
    let with_width = |width: f64| {
        kurbo::Stroke::new(width)
            .with_join(stroke.line_join)
            .with_miter_limit(stroke.miter_limit.into())
            .with_caps(stroke.line_cap)
            .with_dashes(stroke.dash_offset.into(), dashes)
    };
    if asked_for * short >= thinnest || long == 0.0 {
        return (with_width(asked_for), None);
    }
    if short * NEARLY_ROUND >= long {
        return (with_width(asked_for.max(thinnest / long)), None);
    }
    let (across, along) =
        ((asked_for * long).max(thinnest), (asked_for * short).max(thinnest));
    let nib = Affine::rotate(angle) * Affine::scale_non_uniform(across, along);
    (with_width(1.0), Some(nib))
}

/// What a transform makes of a circle: an ellipse.
struct Axes {
    /// By how much lengths are enlarged, at most.
    long: f64,
    /// And at least.
    short: f64,
    /// The angle of the long axis, in radians.
    angle: f64,
}

impl Axes {
    /// By the singular value decomposition of the transform.
    fn of(transform: Affine) -> Axes {
        let [a, b, c, d, ..] = transform.as_coeffs();
        let sum = (a * a + b * b + c * c + d * d) / 2.0;
        let (x, y) = ((a * a + c * c - b * b - d * d) / 2.0, a * b + c * d);
        let difference = x.hypot(y);
        Axes {
            long: (sum + difference).sqrt(),
            short: (sum - difference).max(0.0).sqrt(),
            angle: y.atan2(x) / 2.0,
        }
    }
}

/// How far the line along `path` reaches on paper.
fn reach(path: &BezPath, pen: &kurbo::Stroke, transform: Affine) -> Rect {
    let margin = pen.width / 2.0 * pen.miter_limit.max(SQRT_2);
    let bounds = path.control_box().inflate(margin, margin);
    transform.transform_rect_bbox(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line_width: f32) -> StrokeProps {
        StrokeProps { line_width, ..StrokeProps::default() }
    }

    #[test]
    fn a_line_without_a_width_is_a_dot_wide_under_any_scale() {
        for scale in [0.1, 1.0, 8.0] {
            let (pen, nib) = pen(&line(0.0), Affine::scale(scale), 1.0);
            assert!((pen.width * scale - 1.0).abs() < 1e-9);
            assert_eq!(nib, None);
        }
    }

    #[test]
    fn a_flat_transform_makes_no_line_thinner_than_a_dot() {
        let flat = Affine::rotate(0.3) * Affine::scale_non_uniform(10.0, 0.01);
        let (pen, nib) = pen(&line(1.0), flat, 1.0);
        let point = Axes::of(nib.expect("a nib") * Affine::scale(pen.width));
        assert!((point.long - 10.0).abs() < 1e-6, "{}", point.long);
        assert!((point.short - 1.0).abs() < 1e-6, "{}", point.short);
        assert!((point.angle - 0.3).abs() < 1e-6, "{}", point.angle);
    }
}
