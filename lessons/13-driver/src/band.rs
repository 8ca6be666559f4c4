//! The band: some hundred rows of a page, drawn and turned into PCL XL.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{
    PixmapMut, RasterizerSettings, RenderContext, Resources, TargetInit,
};
use hayro::{RenderCache, RenderSettings, render_into};

use crate::Sheet;
use crate::collector::Collector;
use crate::document::user_unit;
use crate::image::{ImageWriter, inked};
use crate::interpreter::interpreter_settings;
use crate::pcl_xl::Compression;

/// The most memory that the dots of a band take, in bytes.
const LARGEST: u32 = 9 << 20;
/// The same where each band has to decode pictures again.
const LARGEST_WITH_PICTURES: u32 = 18 << 20;

/// How many rows each band of a sheet has.
///
/// Taller bands read a page's content less often, and decode its pictures less
/// often; lower ones take less memory, and fetching memory is a good part of
/// the work. An even number of bands, all of one height, gives two threads the
/// same work: 16 on A4 at 600 dpi, or 8 with pictures.
pub(crate) fn rows(sheet: &Sheet) -> u16 {
    let bytes = u32::from(sheet.width) * u32::from(sheet.height) * 4;
    let largest = if sheet.pictures { LARGEST_WITH_PICTURES } else { LARGEST };
    let bands = bytes.div_ceil(largest).next_multiple_of(2);
    let rows = u32::from(sheet.height).div_ceil(bands);
    rows.try_into().expect("a part of a height")
}

/// Draws bands, one after the other, in the same memory.
pub(crate) struct BandRenderer {
    context: RenderContext,
    pixels: Vec<u8>,
    resources: Resources,
    settings: InterpreterSettings,
    images: ImageWriter,
}

impl BandRenderer {
    /// What cannot be drawn is reported to `collector`.
    pub(crate) fn new(collector: &Collector) -> BandRenderer {
        BandRenderer {
            context: RenderContext::new(1, 1),
            pixels: Vec::new(),
            resources: Resources::default(),
            settings: interpreter_settings(collector),
            images: ImageWriter::default(),
        }
    }

    // ANCHOR: band
    /// The rows of `page` from `top` on, as PCL XL images; nothing where the
    /// band is white.
    pub(crate) fn band<'a>(
        &mut self,
        page: &'a Page<'a>,
        cache: &RenderCache<'a>,
        sheet: &Sheet,
        top: u16,
        color: bool,
    ) -> Vec<u8> {
        // Draw: four bytes a dot.
        let height = rows(sheet).min(sheet.height - top);
        self.draw(page, cache, sheet, top, height);
        let row_bytes = usize::from(sheet.width) * 4;
        let rows: Vec<&[u8]> =
            self.pixels.chunks_exact(row_bytes).take(height.into()).collect();

        // Pack: only where there is ink, and in the way that takes less.
        let stretches = inked(&rows);
        let images = &mut self.images;
        images.begin_band(sheet.width, color);
        match images.better_compression(&rows, &stretches) {
            Compression::PackBits => {
                for (start, end) in stretches {
                    images.packbits(&rows[start..end], top + start as u16);
                }
            }
            // White rows cost two bytes, so one image holds them all.
            Compression::DeltaRow => {
                let (start, _) = stretches[0];
                let (_, end) = stretches[stretches.len() - 1];
                images.delta_row(&rows[start..end], top + start as u16);
            }
        }
        images.take_bytes()
    }
    // ANCHOR_END: band

    fn draw<'a>(
        &mut self,
        page: &'a Page<'a>,
        cache: &RenderCache<'a>,
        sheet: &Sheet,
        top: u16,
        height: u16,
    ) {
        // ANCHOR: place
        let place = Affine::translate((sheet.left, sheet.top - f64::from(top)))
            * Affine::scale(sheet.scale * user_unit(page))
            * page.initial_transform(true).to_kurbo();
        // ANCHOR_END: place
        self.context.reset_and_resize(sheet.width, height);
        // Paper has dots enough: letters keep the places they were given.
        let settings =
            RenderSettings { hinting: false, ..RenderSettings::default() };
        render_into(
            page,
            cache,
            &self.settings,
            &settings,
            &mut self.context,
            place,
        );
        self.context.flush();
        let size = usize::from(sheet.width) * usize::from(height) * 4;
        if self.pixels.len() < size {
            // New zeros are free; a longer buffer would be filled with them.
            self.pixels = vec![0; size];
        }
        let pixels = &mut self.pixels[..size];
        let pixels = PixmapMut::new(sheet.width, height, pixels)
            .expect("four bytes a pixel");
        let white = RasterizerSettings {
            target_init: TargetInit::Clear(WHITE),
            ..RasterizerSettings::default()
        };
        self.context.render_with(pixels, &mut self.resources, white);
    }
}
