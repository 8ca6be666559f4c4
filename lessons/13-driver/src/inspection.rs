//! The inspection: reads pages as if they were drawn, to find what will not be
//! on paper.
//!
//! The interpreter says what it would draw to a device that draws nothing, and
//! warns of what it cannot. What it passes over in silence is looked for in
//! the content itself.

use std::collections::HashMap;

use findings::Collector;
use fonts::MissingLetters;
use hayro_interpret::font::GlyphRun;
use hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Context, Device, DrawMode, DrawProps, Image,
    ImageDrawProps, InterpreterCache, SoftMask, TransformExt, interpret_page,
};
use kurbo::{BezPath, Rect};

use crate::interpreter::interpreter_settings;
use crate::{Document, Finding};

/// Inspects these pages of a document (from 1, ascending), and hands on what
/// was found on each.
pub(crate) fn inspect(
    document: &Document,
    pages: &[u32],
    found: &mut dyn FnMut(u32, Vec<Finding>),
) {
    let collector = Collector::default();
    let cache = InterpreterCache::new();
    let mut inspector = Inspector {
        collector: &collector,
        pictures: HashMap::new(),
        letters: MissingLetters::of(document.substitutes()),
    };
    for &number in pages {
        let Some(page) = document.page(number) else { continue };
        collector.begin_page(number);
        // ANCHOR: inspect
        // What the interpreter would pass over in silence.
        damage::read_content(page, &collector);
        // What it would draw, and what it warns of.
        let (width, height) = page.render_dimensions();
        let mut context = Context::new(
            page.initial_transform(true).to_kurbo(),
            Rect::new(0.0, 0.0, width.into(), height.into()),
            &cache,
            page.xref(),
            interpreter_settings(&collector, document.substitutes()),
        );
        interpret_page(page, &mut context, &mut inspector);
        // ANCHOR_END: inspect
        inspector.letters.report(&mut |remark| collector.loss(remark.text));
        found(number, collector.take());
    }
}

/// A device that draws nothing, and looks at what it is given.
struct Inspector<'c> {
    collector: &'c Collector,
    /// The pictures that were decoded, and what is wrong with each.
    pictures: HashMap<u128, Option<String>>,
    letters: MissingLetters<'c>,
}

impl Device<'_> for Inspector<'_> {
    fn draw_image(&mut self, image: Image<'_, '_>, _: ImageDrawProps<'_>) {
        let damage = self
            .pictures
            .entry(image.cache_key())
            .or_insert_with(|| damage::picture_damage(&image));
        if let Some(text) = damage {
            self.collector.loss(text.as_str());
        }
    }

    fn draw_glyph_run(
        &mut self,
        run: &GlyphRun<'_, '_>,
        _: DrawProps<'_>,
        mode: &DrawMode,
    ) {
        if !matches!(mode, DrawMode::Invisible) {
            self.letters.look_at(run);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(
        &mut self,
        _: f32,
        _: Option<SoftMask<'_>>,
        _: BlendMode,
    ) {
    }
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
