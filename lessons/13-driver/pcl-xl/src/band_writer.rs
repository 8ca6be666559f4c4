//! The images of a band: rows of dots become PCL XL.

use std::mem;

use sheet::rows::{Run, runs, samples};

use crate::{Compression, Writer, delta_row, packbits};

/// The rows of one `ReadImage`, so that a printer's buffer may be small.
const BLOCK: usize = 128;
/// Of this many rows one is compressed in both ways, to choose the better.
const SAMPLE: usize = 16;

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
    /// `width` dots wide, as images: only where there is ink, in grey where
    /// there is no colour, and in the way that takes less.
    pub fn band(
        &mut self,
        rows: &[&[u8]],
        top: u16,
        width: u16,
        color: bool,
    ) -> Vec<u8> {
        self.width = width;
        for Run { color: has_color, stretches } in runs(rows, color) {
            self.color = has_color;
            if has_color != color {
                self.out.set_color_space(has_color);
            }
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
            if has_color != color {
                self.out.set_color_space(color);
            }
        }
        mem::take(&mut self.out.bytes)
    }
    // ANCHOR_END: band

    /// The compression that makes less of these rows, judged by every
    /// sixteenth of them.
    fn better_compression(
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
    fn packbits(&mut self, rows: &[&[u8]], top: u16) {
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
    fn delta_row(&mut self, rows: &[&[u8]], top: u16) {
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

/// The samples of a row as PCL XL wants them: padded to a multiple of four
/// bytes.
fn convert(pixels: &[u8], color: bool, row: &mut Vec<u8>) {
    samples(pixels, color, row);
    row.resize(row.len().next_multiple_of(4), 0xFF);
}
