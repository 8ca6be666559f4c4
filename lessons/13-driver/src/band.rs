//! The band: some hundred rows of a page, drawn and turned into images.

use std::ops::Range;
use std::sync::Arc;

use canvas::{Canvas, Outlines, Pictures, Supplies};
use findings::Collector;
use fonts::Substitutes;
use hayro_interpret::util::{RectExt, TransformExt};
use hayro_interpret::{
    Context, Device, InterpreterCache, InterpreterSettings, interpret_page,
};
use hayro_syntax::page::Page;
use kurbo::{Affine, Rect};
use sheet::{PageOnSheet, save_toner};
use vello_cpu::color::palette::css::WHITE;
use vello_cpu::{
    PixmapMut, RasterizerSettings, RenderContext, Resources, TargetInit,
};

use crate::document::user_unit;
use crate::interpreter::interpreter_settings;
use crate::language::BandWriter;
use crate::part::Effort;
use crate::{Language, Settings, Sheet};

/// The most memory that the dots of a band take, in bytes.
const LARGEST: u32 = 9 << 20;
/// The same for a page that needs more memory than it may use.
const LARGEST_OF_FRUGAL: u32 = 2 << 20;
/// Bytes of a dot while it is drawn: red, green, blue, and how opaque it is.
const DOT: usize = 4;
/// By how much of a dot the page may be smaller than its paper and still cover
/// it.
const ROUNDING: f64 = 1.0 / 256.0;

/// The bands of a sheet from row `first` on, from top to bottom, as rows.
///
/// Taller bands read a page's content less often; lower ones take less memory,
/// and fetching memory is a good part of the work. An even number of bands,
/// all of one height, gives two threads the same work: 16 on A4 at 600 dpi.
pub(crate) fn bands(
    sheet: &Sheet,
    first: u16,
    effort: Effort,
) -> impl Iterator<Item = Range<u16>> + use<> {
    let bytes = u32::from(sheet.width) * u32::from(sheet.height) * DOT as u32;
    let largest =
        if effort == Effort::Full { LARGEST } else { LARGEST_OF_FRUGAL };
    let bands = bytes.div_ceil(largest).next_multiple_of(2);
    let rows = u32::from(sheet.height).div_ceil(bands);
    let rows: u16 = rows.try_into().expect("a part of a height");
    let height = sheet.height;
    (first..height)
        .step_by(rows.into())
        .map(move |top| top..height.min(top.saturating_add(rows)))
}

/// What a thread keeps of an opened document from band to band.
pub(crate) struct BandCache<'a> {
    interpreter: InterpreterCache<'a>,
    supplies: Supplies,
}

impl BandCache<'_> {
    /// The pictures are those that other threads use, too.
    pub(crate) fn new(pictures: &Arc<Pictures>, collector: &Collector) -> Self {
        let (pictures, collector) = (pictures.clone(), collector.clone());
        let note = Box::new(move |text: &str| collector.note(text));
        let outlines = Outlines::default();
        let supplies = Supplies { outlines, pictures, note };
        BandCache { interpreter: InterpreterCache::new(), supplies }
    }
}

/// Draws bands, one after the other, in the same memory.
pub(crate) struct BandRenderer {
    context: RenderContext,
    pixels: Vec<u8>,
    resources: Resources,
    settings: InterpreterSettings,
    images: BandWriter,
    collector: Collector,
}

impl BandRenderer {
    /// What cannot be drawn is reported to `collector`.
    pub(crate) fn new(
        collector: &Collector,
        substitutes: &Arc<Substitutes>,
        language: Language,
    ) -> BandRenderer {
        BandRenderer {
            context: RenderContext::new(1, 1),
            pixels: Vec::new(),
            resources: Resources::default(),
            settings: interpreter_settings(collector, substitutes),
            images: BandWriter::new(language),
            collector: collector.clone(),
        }
    }

    // ANCHOR: band
    /// These rows of a side with its pages as images of the page
    /// language; nothing where the band is white.
    pub(crate) fn band<'a>(
        &mut self,
        pages: &[(&'a Page<'a>, &PageOnSheet)],
        cache: &BandCache<'a>,
        sheet: &Sheet,
        rows: Range<u16>,
        effort: Effort,
        settings: &Settings,
    ) -> Vec<u8> {
        // Draw: four bytes a dot.
        self.draw(pages, cache, sheet, rows.clone(), effort);
        self.pack(sheet, rows, settings)
    }

    /// Packs the dots of these rows: see `pcl_xl` and `postscript`.
    pub(crate) fn pack(
        &mut self,
        sheet: &Sheet,
        rows: Range<u16>,
        settings: &Settings,
    ) -> Vec<u8> {
        let (top, height) = (rows.start, rows.len());
        let row_bytes = usize::from(sheet.width) * DOT;
        let drawn = &mut self.pixels[..row_bytes * height];
        if settings.save_toner {
            save_toner(drawn);
        }
        let rows: Vec<&[u8]> = drawn.chunks_exact(row_bytes).collect();
        self.images.band(&rows, top, sheet.width, settings.color)
    }
    // ANCHOR_END: band

    /// The dots of a whole side with its pages, four bytes each.
    pub(crate) fn dots<'a>(
        &mut self,
        pages: &[(&'a Page<'a>, &PageOnSheet)],
        cache: &BandCache<'a>,
        sheet: &Sheet,
    ) -> &[u8] {
        let Sheet { width, height, .. } = *sheet;
        self.draw(pages, cache, sheet, 0..height, Effort::Full);
        &self.pixels[..usize::from(width) * usize::from(height) * DOT]
    }

    /// Dots for so many rows, all of them white.
    pub(crate) fn white(&mut self, sheet: &Sheet, height: usize) -> &mut [u8] {
        self.pixels.clear();
        self.pixels.resize(usize::from(sheet.width) * DOT * height, 0xFF);
        &mut self.pixels
    }

    fn draw<'a>(
        &mut self,
        pages: &[(&'a Page<'a>, &PageOnSheet)],
        cache: &BandCache<'a>,
        sheet: &Sheet,
        rows: Range<u16>,
        effort: Effort,
    ) {
        let dot = effort.dot();
        let width = sheet.width.div_ceil(dot);
        let height = (rows.end - rows.start).div_ceil(dot);
        self.context.reset_and_resize(width, height);
        for (page, on_sheet) in pages {
            let cell = on_sheet.cell;
            if cell.bottom > rows.start && cell.top < rows.end {
                self.collector.begin_page(on_sheet.number);
                let top = rows.start;
                // ANCHOR: place
                let origin = (on_sheet.left, on_sheet.top - f64::from(top));
                let place = Affine::translate(origin)
                    * Affine::scale(on_sheet.scale * user_unit(page))
                    * page.initial_transform(true).to_kurbo();
                // ANCHOR_END: place
                let coarse = Affine::scale(1.0 / f64::from(dot));
                let cell = coarse.transform_rect_bbox(Rect::new(
                    cell.left.into(),
                    f64::from(cell.top) - f64::from(top),
                    cell.right.into(),
                    f64::from(cell.bottom) - f64::from(top),
                ));
                self.interpret(page, cache, coarse * place, cell);
            }
        }
        self.context.flush();

        let size = usize::from(width) * usize::from(height) * DOT;
        if self.pixels.len() < size {
            // New zeros are free; a longer buffer would be filled with them.
            self.pixels = vec![0; size];
        }
        let pixels = &mut self.pixels[..size];
        let pixels =
            PixmapMut::new(width, height, pixels).expect("four bytes a pixel");
        let white = RasterizerSettings {
            target_init: TargetInit::Clear(WHITE),
            ..RasterizerSettings::default()
        };
        self.context.render_with(pixels, &mut self.resources, white);
        if dot > 1 {
            let drawn = &self.pixels[..size];
            self.pixels = enlarge(drawn, width, sheet.width, rows.len(), dot);
        }
    }

    /// Draws a page's content, as far as it lies in its crop box and in its
    /// cell of the sheet.
    fn interpret<'a>(
        &mut self,
        page: &'a Page<'a>,
        cache: &BandCache<'a>,
        place: Affine,
        cell: Rect,
    ) {
        let (width, height) = (self.context.width(), self.context.height());
        let band = Rect::new(0.0, 0.0, width.into(), height.into());
        let mut context = Context::new(
            place,
            band,
            &cache.interpreter,
            page.xref(),
            self.settings.clone(),
        );
        let mut canvas = Canvas::new(&mut self.context, &cache.supplies);
        // Pages are turned by right angles only, so this is a rectangle.
        let crop = page.intersected_crop_box().to_kurbo();
        let crop = place.transform_rect_bbox(crop).intersect(cell);
        // The paper's size is the page's, up to a rounding.
        let is_clipped = !crop.inflate(ROUNDING, ROUNDING).contains_rect(band);
        if is_clipped {
            canvas.push_clip_rect(&crop);
        }
        interpret_page(page, &mut context, &mut canvas);
        if is_clipped {
            canvas.pop_clip();
        }
    }
}

/// Draws each dot as `dot` × `dot` dots.
fn enlarge(
    drawn: &[u8],
    drawn_width: u16,
    width: u16,
    rows: usize,
    dot: u16,
) -> Vec<u8> {
    let (width, dot) = (usize::from(width), usize::from(dot));
    let mut enlarged = Vec::with_capacity(width * rows * DOT);
    let lines = drawn.chunks_exact(usize::from(drawn_width) * DOT);
    for line in lines {
        let start = enlarged.len();
        for pixel in line.as_chunks::<DOT>().0 {
            for _ in 0..dot {
                enlarged.extend_from_slice(pixel);
            }
        }
        enlarged.truncate(start + width * DOT);
        for _ in 1..dot {
            enlarged.extend_from_within(start..start + width * DOT);
        }
    }
    enlarged.truncate(width * rows * DOT);
    enlarged
}
