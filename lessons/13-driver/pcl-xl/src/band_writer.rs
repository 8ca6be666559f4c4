//! The images of a band: rows of dots become PCL XL.

use std::mem;

use crate::{Compression, Writer, delta_row, packbits};

/// White rows that are worth another image below them. An image costs about
/// 70 bytes, a white row of A4 at 600 dpi 234.
const GAP: usize = 8;
/// The rows of one `ReadImage`, so that a printer's buffer may be small.
const BLOCK: usize = 128;
/// Of this many rows one is compressed in both ways, to choose the better.
const SAMPLE: usize = 16;

// ANCHOR: inked
/// The stretches of rows that have ink: each from its first row to just past
/// its last.
pub fn inked(rows: &[&[u8]]) -> Vec<(usize, usize)> {
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

/// Writes the images of bands, and keeps its memory from band to band.
#[derive(Default)]
pub struct BandWriter {
    out: Writer,
    width: u16,
    color: bool,
    row: Vec<u8>,
    above: Vec<u8>,
    data: Vec<u8>,
}

impl BandWriter {
    // ANCHOR: band
    /// Rows of opaque RGBA pixels, of which the first is row `top` of a sheet
    /// `width` dots wide, as images: only where there is ink, and in the way
    /// that takes less.
    pub fn band(
        &mut self,
        rows: &[&[u8]],
        top: u16,
        width: u16,
        color: bool,
    ) -> Vec<u8> {
        let stretches = inked(rows);
        self.begin_band(width, color);
        match self.better_compression(rows, &stretches) {
            Compression::PackBits => {
                for (start, end) in stretches {
                    self.packbits(&rows[start..end], top + start as u16);
                }
            }
            // White rows cost two bytes, so one image holds them all.
            Compression::DeltaRow => {
                let (start, _) = stretches[0];
                let (_, end) = stretches[stretches.len() - 1];
                self.delta_row(&rows[start..end], top + start as u16);
            }
        }
        self.take_bytes()
    }
    // ANCHOR_END: band

    /// The images that follow are `width` dots wide, in colour or grey.
    pub fn begin_band(&mut self, width: u16, color: bool) {
        (self.width, self.color) = (width, color);
    }

    /// What has been written since the last call.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        mem::take(&mut self.out.bytes)
    }

    /// The compression that makes less of these rows, judged by every
    /// sixteenth of them.
    pub fn better_compression(
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
            convert(rows[at], self.color, &mut self.row);
            packbits::encode(&self.row, &mut self.data);
            packed += self.data.len();
            convert(rows[at - 1], self.color, &mut self.above);
            self.data.clear();
            delta_row::encode(&self.above, &self.row, &mut self.data);
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

    // ANCHOR: packbits
    /// An image of these rows, whose first is row `top` of the sheet.
    pub fn packbits(&mut self, rows: &[&[u8]], top: u16) {
        self.out.begin_image(top, self.width, rows.len() as u16);
        for (block, rows) in rows.chunks(BLOCK).enumerate() {
            self.data.clear();
            for row in rows {
                convert(row, self.color, &mut self.row);
                packbits::encode(&self.row, &mut self.data);
            }
            let first = (block * BLOCK) as u16;
            self.read_image(first, rows.len(), Compression::PackBits);
        }
        self.out.end_image();
    }
    // ANCHOR_END: packbits

    /// The same with delta row compression.
    pub fn delta_row(&mut self, rows: &[&[u8]], top: u16) {
        self.out.begin_image(top, self.width, rows.len() as u16);
        self.data.clear();
        self.above.fill(0);
        let mut drawn: &[u8] = &[];
        for &row in rows {
            if row == drawn {
                self.data.extend([0, 0]);
                continue;
            }
            convert(row, self.color, &mut self.row);
            self.above.resize(self.row.len(), 0);
            delta_row::encode(&self.above, &self.row, &mut self.data);
            mem::swap(&mut self.above, &mut self.row);
            drawn = row;
        }
        self.read_image(0, rows.len(), Compression::DeltaRow);
        self.out.end_image();
    }

    fn read_image(&mut self, first: u16, rows: usize, how: Compression) {
        self.out.read_image(first, rows as u16, how, &self.data);
    }
}

// ANCHOR: convert
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
// ANCHOR_END: convert

/// The brightness of an sRGB pixel, by the weights of Rec. ITU-R BT.601.
fn luma([r, g, b, _]: &[u8; 4]) -> u8 {
    let sum = 19_595 * u32::from(*r) + 38_470 * u32::from(*g);
    ((sum + 7_471 * u32::from(*b) + 0x8000) >> 16) as u8
}
