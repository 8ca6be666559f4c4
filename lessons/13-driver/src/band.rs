//! A page drawn a band at a time.

use crate::document::user_unit;
use crate::pcl_xl::{Compression, Writer};
use crate::{Sheet, delta_row, packbits};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{
    PixmapMut, RasterizerSettings, RenderContext, Resources, TargetInit,
};
use hayro::{RenderCache, RenderSettings, render_into};
use std::mem;

/// The most memory that the dots of a band take, in bytes.
const LARGEST: u32 = 9 << 20;
/// The same where each band has to decode pictures again.
const LARGEST_WITH_PICTURES: u32 = 18 << 20;
/// White rows that are worth another image below them. An image costs about
/// 70 bytes, a white row of A4 at 600 dpi 234.
const GAP: usize = 8;
/// The rows of one `ReadImage`, so that a printer's buffer may be small.
const BLOCK: usize = 128;
/// One row in so many is compressed in both ways, to choose the better.
const SAMPLE: usize = 16;

/// How many rows each band of a sheet has.
///
/// Taller bands read a page's content less often, and decode its pictures less
/// often; lower ones take less memory, and fetching memory is a good part of
/// the work. An even number of bands, all of one height, gives two threads the
/// same work: 16 on A4 at 600 dpi, or 8 with pictures.
pub(crate) fn rows(sheet: &Sheet) -> u16 {
    let bytes = u32::from(sheet.width) * u32::from(sheet.height) * 4;
    let largest = match sheet.pictures {
        true => LARGEST_WITH_PICTURES,
        false => LARGEST,
    };
    let bands = bytes.div_ceil(largest).next_multiple_of(2);
    let rows = u32::from(sheet.height).div_ceil(bands);
    rows.try_into().expect("a part of a height")
}

/// Draws bands, one after the other, and keeps what that needs.
pub(crate) struct Brush {
    context: RenderContext,
    pixels: Vec<u8>,
    resources: Resources,
    settings: InterpreterSettings,
    row: Vec<u8>,
    above: Vec<u8>,
    data: Vec<u8>,
}

impl Brush {
    pub(crate) fn new() -> Brush {
        Brush {
            context: RenderContext::new(1, 1),
            pixels: Vec::new(),
            resources: Resources::default(),
            settings: InterpreterSettings::default(),
            row: Vec::new(),
            above: Vec::new(),
            data: Vec::new(),
        }
    }

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
        let height = rows(sheet).min(sheet.height - top);
        self.draw(page, cache, sheet, top, height);
        let width = usize::from(sheet.width);
        let rows: Vec<&[u8]> =
            self.pixels.chunks_exact(width * 4).take(height.into()).collect();
        let mut image = ImageWriter {
            out: Writer::default(),
            width: sheet.width,
            row: &mut self.row,
            above: &mut self.above,
            data: &mut self.data,
            color,
        };
        let stretches = inked(&rows);
        match image.better(&rows, &stretches) {
            Compression::PackBits => {
                for (start, end) in stretches {
                    image.packbits(&rows[start..end], top + start as u16);
                }
            }
            // White rows cost two bytes, so one image holds them all.
            Compression::DeltaRow => {
                let (start, end) = (stretches[0].0, stretches.last());
                let end = end.map_or(start, |(_, end)| *end);
                image.delta(&rows[start..end], top + start as u16);
            }
        }
        image.out.bytes
    }

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

/// Writes images, and keeps what that needs.
struct ImageWriter<'a> {
    out: Writer,
    width: u16,
    color: bool,
    row: &'a mut Vec<u8>,
    above: &'a mut Vec<u8>,
    data: &'a mut Vec<u8>,
}

impl ImageWriter<'_> {
    /// The compression that makes less of these rows, judged by every
    /// sixteenth of them.
    fn better(
        &mut self,
        rows: &[&[u8]],
        inked: &[(usize, usize)],
    ) -> Compression {
        let (mut packed, mut differing) = (0, 0);
        for at in inked.iter().flat_map(|(start, end)| *start..*end) {
            if at % SAMPLE != SAMPLE - 1 {
                continue;
            }
            self.data.clear();
            convert(rows[at], self.color, self.row);
            packbits::encode(self.row, self.data);
            packed += self.data.len();
            convert(rows[at - 1], self.color, self.above);
            self.data.clear();
            delta_row::encode(self.above, self.row, self.data);
            differing += self.data.len();
        }
        // An image's first row has nothing above it.
        let first = self.row.len() * 9 / 8;
        if packed * SAMPLE <= differing * SAMPLE + first {
            Compression::PackBits
        } else {
            Compression::DeltaRow
        }
    }

    fn packbits(&mut self, rows: &[&[u8]], top: u16) {
        self.out.begin_image(top, self.width, rows.len() as u16);
        for (block, rows) in rows.chunks(BLOCK).enumerate() {
            self.data.clear();
            for row in rows {
                convert(row, self.color, self.row);
                packbits::encode(self.row, self.data);
            }
            let first = (block * BLOCK) as u16;
            self.read(first, rows.len(), Compression::PackBits);
        }
        self.out.end_image();
    }

    fn delta(&mut self, rows: &[&[u8]], top: u16) {
        self.out.begin_image(top, self.width, rows.len() as u16);
        self.data.clear();
        self.above.fill(0);
        let mut drawn: &[u8] = &[];
        for &row in rows {
            if row == drawn {
                self.data.extend([0, 0]);
                continue;
            }
            convert(row, self.color, self.row);
            self.above.resize(self.row.len(), 0);
            delta_row::encode(self.above, self.row, self.data);
            mem::swap(self.above, self.row);
            drawn = row;
        }
        self.read(0, rows.len(), Compression::DeltaRow);
        self.out.end_image();
    }

    fn read(&mut self, first: u16, rows: usize, compression: Compression) {
        self.out.read_image(first, rows as u16, compression, self.data);
    }
}

// ANCHOR: inked
/// The stretches of rows that have ink, from the first to past the last.
fn inked(rows: &[&[u8]]) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if is_white(row) {
            continue;
        }
        match stretches.last_mut() {
            Some((_, end)) if at - *end < GAP => *end = at + 1,
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}
// ANCHOR_END: inked

fn is_white(row: &[u8]) -> bool {
    let (words, rest) = row.as_chunks::<16>();
    words.iter().all(|word| *word == [0xFF; 16])
        && rest.iter().all(|byte| *byte == 0xFF)
}

/// One row of opaque RGBA pixels as the samples that PCL XL wants: red, green
/// and blue, or grey, padded to a multiple of four bytes.
fn convert(pixels: &[u8], color: bool, row: &mut Vec<u8>) {
    let (pixels, _) = pixels.as_chunks::<4>();
    let samples = pixels.len() * if color { 3 } else { 1 };
    row.resize(samples.next_multiple_of(4), 0xFF);
    if color {
        let (places, _) = row.as_chunks_mut::<3>();
        for (place, [r, g, b, _]) in places.iter_mut().zip(pixels) {
            *place = [*r, *g, *b];
        }
    } else {
        for (place, pixel) in row.iter_mut().zip(pixels) {
            *place = luma(pixel);
        }
    }
    row[samples..].fill(0xFF);
}

/// The brightness of an sRGB pixel, by the weights of Rec. ITU-R BT.601.
fn luma([r, g, b, _]: &[u8; 4]) -> u8 {
    let sum = 19_595 * u32::from(*r) + 38_470 * u32::from(*g);
    ((sum + 7_471 * u32::from(*b) + 0x8000) >> 16) as u8
}
