//! The images of a band: rows of dots become PostScript.

use std::io::Write;
use std::mem;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sheet::rows::{Run, runs, samples};

use crate::ascii85;

/// Writes the images of bands, and keeps its memory from band to band.
#[derive(Default)]
pub struct BandWriter {
    out: Vec<u8>,
    row: Vec<u8>,
    packed: Vec<u8>,
}

impl BandWriter {
    // ANCHOR: band
    /// Rows of opaque RGBA pixels, of which the first is row `top` of a sheet
    /// `width` dots wide, as images: only where there is ink, and in grey where
    /// there is no colour.
    pub fn band(
        &mut self,
        rows: &[&[u8]],
        top: u16,
        width: u16,
        color: bool,
    ) -> Vec<u8> {
        for Run { color, stretches } in runs(rows, color) {
            let space = if color { "RGB" } else { "Gray" };
            for (start, end) in stretches {
                let height = end - start;
                let first = usize::from(top) + start;
                let image = format!(
                    "/Device{space} setcolorspace {width} {height} {first} I\n"
                );
                self.out.extend_from_slice(image.as_bytes());
                self.pack(&rows[start..end], color);
                ascii85::encode(&self.packed, &mut self.out);
            }
        }
        mem::take(&mut self.out)
    }
    // ANCHOR_END: band

    /// Compresses the samples of these rows (PLRM, "FlateDecode").
    fn pack(&mut self, rows: &[&[u8]], color: bool) {
        self.packed.clear();
        // Pages leave faster than a network takes what is packed no better.
        let level = Compression::fast();
        let mut encoder = ZlibEncoder::new(mem::take(&mut self.packed), level);
        for row in rows {
            samples(row, color, &mut self.row);
            encoder.write_all(&self.row).expect("memory takes it");
        }
        self.packed = encoder.finish().expect("memory takes it");
    }
}
