//! Text: glyphs, as outlines or as small drawings of their own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use hayro_interpret::font::{Glyph, GlyphRun, OutlineGlyph};
use hayro_interpret::{DrawMode, DrawProps, FillRule, Paint, StrokeProps};
use kurbo::{Affine, BezPath, Rect};

use super::{Canvas, Ground, fill_rule};

/// The thinnest line around a letter, in dots.
const THINNEST: f64 = 0.25;

/// The shapes of glyphs, each read from its font once.
#[derive(Default)]
pub struct Outlines(RefCell<HashMap<u128, Rc<Outline>>>);

/// The shape of a glyph, in thousandths of the font's size.
struct Outline {
    path: BezPath,
    bounds: Rect,
}

impl Outlines {
    fn of(&self, glyph: &OutlineGlyph) -> Rc<Outline> {
        let read = || {
            let path = glyph.outline();
            let bounds = path.control_box();
            Rc::new(Outline { path, bounds })
        };
        let mut known = self.0.borrow_mut();
        let key = glyph.identifier().cache_key();
        known.entry(key).or_insert_with(read).clone()
    }
}

impl Canvas<'_> {
    pub(super) fn draw_text<'a>(
        &mut self,
        run: &GlyphRun<'_, 'a>,
        props: &DrawProps<'a>,
        mode: &DrawMode,
    ) {
        let (fill, stroke) = match mode {
            DrawMode::Fill(_) => (true, None),
            DrawMode::Stroke(stroke) => (false, Some(stroke)),
            DrawMode::FillAndStroke(_, stroke) => (true, Some(stroke)),
            DrawMode::Invisible => return,
        };
        self.draw_small_drawings(run, props);
        if fill {
            match &props.paint {
                Paint::Color(_) => self.fill_letters(run, props),
                Paint::Pattern(_) => self.fill_as_one(run, props),
            }
        }
        if let Some(stroke) = stroke {
            self.stroke_letters(run, props, stroke);
        }
    }

    /// The glyphs of Type 3 fonts.
    fn draw_small_drawings<'a>(
        &mut self,
        run: &GlyphRun<'_, 'a>,
        props: &DrawProps<'a>,
    ) {
        for glyph in run.glyphs() {
            let Glyph::Type3(drawing) = &**glyph else { continue };
            self.begin_groups(0);
            let place = glyph.transform();
            let ground = std::mem::replace(&mut self.ground, Ground::Glyph);
            drawing.interpret(self, props.transform, place, &props.paint);
            self.ground = ground;
        }
    }

    fn fill_letters(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>) {
        let supplies = self.supplies;
        let mut begun = false;
        for (outline, place) in letters(run) {
            let outline = supplies.outlines.of(outline);
            let transform = props.transform * place;
            let bounds = transform.transform_rect_bbox(outline.bounds);
            if self.seen(bounds).is_none() {
                continue;
            }
            if !begun {
                self.begin(props);
                self.set_color(&props.paint);
                self.context.set_fill_rule(fill_rule(FillRule::NonZero));
                begun = true;
            }
            self.context.set_transform(transform);
            self.context.fill_path(&outline.path);
        }
    }

    /// A pattern goes through all letters as if they were one shape.
    fn fill_as_one(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>) {
        let mut shape = BezPath::new();
        for (outline, place) in letters(run) {
            let outline = self.supplies.outlines.of(outline);
            shape.extend(place * outline.path.clone());
        }
        self.fill(&shape, props, FillRule::NonZero);
    }

    fn stroke_letters(
        &mut self,
        run: &GlyphRun<'_, '_>,
        props: &DrawProps<'_>,
        stroke: &StrokeProps,
    ) {
        let mut shape = BezPath::new();
        for (outline, place) in letters(run) {
            let outline = self.supplies.outlines.of(outline);
            shape.extend(place * outline.path.clone());
        }
        self.stroke_at_least(&shape, props, stroke, THINNEST);
    }
}

/// The glyphs that are outlines, each with its place in the run.
fn letters<'r>(
    run: &'r GlyphRun<'_, '_>,
) -> impl Iterator<Item = (&'r OutlineGlyph, Affine)> {
    run.glyphs().iter().filter_map(|glyph| match &**glyph {
        Glyph::Outline(outline) => Some((outline, glyph.transform())),
        Glyph::Type3(_) => None,
    })
}
