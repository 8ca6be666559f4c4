//! Tiling patterns: one cell, again and again.

use std::ops::RangeInclusive;
use std::sync::Arc;

use hayro_interpret::CacheKey;
use hayro_interpret::pattern::TilingPattern;
use hayro_interpret::util::x_y_advances;
use kurbo::{Affine, Rect};
use vello_cpu::peniko::Extend;
use vello_cpu::{PaintType, Pixmap};

use super::paint::shared_texture;
use super::{Canvas, Ground, render};

impl Canvas<'_> {
    /// A texture of the pattern, and the transform that takes it to its place
    /// in the context. It is no larger than `area`, in dots.
    pub(super) fn tiling_paint(
        &mut self,
        pattern: &TilingPattern<'_>,
        area: Rect,
        is_stroke: bool,
    ) -> (PaintType, Affine) {
        let seen = pattern.matrix.inverse().transform_rect_bbox(area);
        let (x_dots, y_dots) = x_y_advances(&pattern.matrix);
        let cell = pattern.bbox;
        let x = Axis::new(
            x_dots.length(),
            (cell.x0, cell.x1),
            pattern.x_step.into(),
            (seen.x0, seen.x1),
        );
        let y = Axis::new(
            y_dots.length(),
            (cell.y0, cell.y1),
            pattern.y_step.into(),
            (seen.y0, seen.y1),
        );
        let pixels = if x.repeats && y.repeats {
            // The same wherever it is seen.
            let key = (pattern.cache_key(), is_stroke);
            match self.cells.get(&key) {
                Some(known) => known.clone(),
                None => {
                    let drawn = self.draw_cell(pattern, &x, &y, is_stroke);
                    self.cells.insert(key, drawn.clone());
                    drawn
                }
            }
        } else {
            self.draw_cell(pattern, &x, &y, is_stroke)
        };
        let place = pattern.matrix
            * Affine::translate((x.start, y.start))
            * Affine::scale_non_uniform(1.0 / x.scale, 1.0 / y.scale);
        let extends = (x.extend(), y.extend());
        (shared_texture(pixels, extends, pattern.opacity), place)
    }

    fn draw_cell(
        &self,
        pattern: &TilingPattern<'_>,
        x: &Axis,
        y: &Axis,
        is_stroke: bool,
    ) -> Arc<Pixmap> {
        let mut context = self.child(x.dots, y.dots);
        let mut canvas = Canvas::on(&mut context, self.supplies, Ground::Cell);
        let place = Affine::scale_non_uniform(x.scale, y.scale)
            * Affine::translate((-x.start, -y.start));
        for row in y.copies.clone() {
            for column in x.copies.clone() {
                let shift = (column as f64 * x.step, row as f64 * y.step);
                let place = place * Affine::translate(shift);
                pattern.interpret(&mut canvas, place, is_stroke);
            }
        }
        Arc::new(render(&mut context))
    }
}

/// A pattern's texture along one of its axes.
struct Axis {
    /// Where the texture begins, in the pattern's units.
    start: f64,
    /// Dots of the texture to a unit.
    scale: f64,
    /// The texture's length in dots.
    dots: u16,
    /// The distance from cell to cell, in units.
    step: f64,
    /// The cells that lie in the texture, by their distance from the first.
    copies: RangeInclusive<i64>,
    /// Whether the texture is one step that is repeated; otherwise it is all
    /// that is seen.
    repeats: bool,
}

impl Axis {
    fn new(scale: f64, cell: (f64, f64), step: f64, seen: (f64, f64)) -> Axis {
        let step = step.abs();
        let repeats = seen.1 - seen.0 >= step;
        if repeats {
            let dots = (step * scale).round().clamp(1.0, u16::MAX.into());
            let width = cell.1 - cell.0;
            Axis {
                start: cell.0,
                scale: dots / step,
                dots: dots as u16,
                step,
                // A cell may be wider than a step: then its neighbours on one
                // side reach into it.
                copies: (-width / step).floor() as i64 + 1..=0,
                repeats,
            }
        } else {
            let dots = (seen.1 - seen.0) * scale;
            Axis {
                start: seen.0,
                scale,
                dots: dots.ceil().clamp(1.0, u16::MAX.into()) as u16,
                step,
                copies: ((seen.0 - cell.1) / step).ceil() as i64
                    ..=((seen.1 - cell.0) / step).floor() as i64,
                repeats,
            }
        }
    }

    fn extend(&self) -> Extend {
        if self.repeats { Extend::Repeat } else { Extend::Pad }
    }
}
