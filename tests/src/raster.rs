//! Pages as clients send them: PWG raster and Apple raster, written by another
//! hand than the server's readers.

use crate::similarity::Picture;

/// How the samples of a page lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// One bit a pixel, 1 is black: `black_1`.
    Black1,
    /// `sgray_8`, in Apple raster `W8`.
    Gray8,
    /// `srgb_8`, in Apple raster `SRGB24`.
    Rgb8,
    /// `srgb_16`.
    Rgb16,
    /// `cmyk_8`, with no black ink.
    Cmyk8,
}

/// On which sides of the sheets the pages lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// On one.
    One,
    /// On both, to be turned like a book's leaf.
    TwoLongEdge,
    /// On both, to be turned like a notepad's.
    TwoShortEdge,
}

/// What a raster says about each of its pages.
#[derive(Clone, Copy, Debug)]
pub struct Raster {
    /// Dots an inch, in both directions.
    pub dpi: u32,
    /// How the samples of a page lie.
    pub samples: Samples,
    /// The sides that the pages lie on.
    pub sides: Sides,
    /// How often each page is to be printed; 0 leaves it to the request.
    pub copies: u32,
    /// The name of the paper (PWG 5101.1).
    pub media: &'static str,
}

impl Raster {
    /// One-sided pages on A4.
    pub const fn new(dpi: u32, samples: Samples) -> Raster {
        let (sides, media) = (Sides::One, "iso_a4_210x297mm");
        Raster { dpi, samples, sides, copies: 0, media }
    }

    /// The pages as PWG raster (PWG 5102.4).
    pub fn pwg(&self, pages: &[Picture]) -> Vec<u8> {
        let mut bytes = b"RaS2".to_vec();
        for page in pages {
            bytes.extend(self.pwg_header(page, pages.len()));
            self.rows(page, &mut bytes);
        }
        bytes
    }

    /// The pages as Apple raster, as CUPS' `raster-stream.c` reads it.
    ///
    /// # Panics
    /// When the samples are none of those that Apple raster has.
    pub fn apple(&self, pages: &[Picture]) -> Vec<u8> {
        let mut bytes = b"UNIRAST\0".to_vec();
        bytes.extend((pages.len() as u32).to_be_bytes());
        let (bits, space) = match self.samples {
            Samples::Gray8 => (8, 0),
            Samples::Rgb8 => (24, 1),
            Samples::Cmyk8 => (32, 6),
            other => panic!("no Apple raster of {other:?}"),
        };
        let sides = match self.sides {
            Sides::One => 1,
            Sides::TwoShortEdge => 2,
            Sides::TwoLongEdge => 3,
        };
        for page in pages {
            const NORMAL: u8 = 4;
            // Any type of paper, from any tray, out by any slot.
            bytes.extend([bits, space, sides, NORMAL, 0, 0, 0]);
            bytes.push(self.copies.try_into().expect("below 256"));
            let sizes = [0, page.width as u32, page.height as u32, self.dpi];
            bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
            bytes.extend([0; 8]);
            self.rows(page, &mut bytes);
        }
        bytes
    }

    fn pwg_header(&self, page: &Picture, count: usize) -> [u8; 1796] {
        let (bits, colors, space) = match self.samples {
            Samples::Black1 => (1, 1, 3),
            Samples::Gray8 => (8, 1, 18),
            Samples::Rgb8 => (8, 3, 19),
            Samples::Rgb16 => (16, 3, 19),
            Samples::Cmyk8 => (8, 4, 6),
        };
        let (width, height) = (page.width as u32, page.height as u32);
        let points = |dots: u32| dots * 72 / self.dpi;
        let line = (width * bits * colors).div_ceil(8);
        let mut header = [0; 1796];
        let mut put = |at: usize, value: u32| {
            header[at..at + 4].copy_from_slice(&value.to_be_bytes());
        };
        put(272, u32::from(self.sides != Sides::One)); // Duplex
        put(276, self.dpi);
        put(280, self.dpi);
        put(340, self.copies);
        put(352, points(width));
        put(356, points(height));
        put(368, u32::from(self.sides == Sides::TwoShortEdge)); // Tumble
        put(372, width);
        put(376, height);
        put(384, bits);
        put(388, bits * colors);
        put(392, line);
        put(400, space);
        put(420, colors);
        put(452, count as u32); // TotalPageCount
        put(456, 1); // CrossFeedTransform
        put(460, 1); // FeedTransform
        put(480, 0x00ff_ffff); // AlternatePrimary
        header[..9].copy_from_slice(b"PwgRaster");
        header[1732..1732 + self.media.len()]
            .copy_from_slice(self.media.as_bytes());
        header
    }

    /// All rows of a page; both formats compress them alike: how often a row
    /// repeats, then its pixels in runs of the same and of different ones.
    fn rows(&self, page: &Picture, bytes: &mut Vec<u8>) {
        let rows: Vec<&[u8]> =
            page.samples.chunks_exact(page.width * page.channels).collect();
        for same in rows.chunk_by(|one, other| one == other) {
            let mut row = Vec::new();
            self.compress(&self.row(same[0], page.channels), &mut row);
            for repeated in same.chunks(256) {
                bytes.push((repeated.len() - 1) as u8);
                bytes.extend(&row);
            }
        }
    }

    /// A row in the samples of this raster.
    fn row(&self, samples: &[u8], channels: usize) -> Vec<u8> {
        let pixels = samples.chunks_exact(channels).map(|pixel| match *pixel {
            [r, g, b] => [r, g, b],
            _ => [pixel[0]; 3],
        });
        let luma = |[r, g, b]: [u8; 3]| {
            let sum = 299 * u32::from(r) + 587 * u32::from(g);
            ((sum + 114 * u32::from(b)) / 1000) as u8
        };
        match self.samples {
            Samples::Gray8 => pixels.map(luma).collect(),
            Samples::Rgb8 => pixels.flatten().collect(),
            Samples::Rgb16 => {
                pixels.flatten().flat_map(|sample| [sample; 2]).collect()
            }
            Samples::Cmyk8 => pixels
                .flat_map(|[r, g, b]| [255 - r, 255 - g, 255 - b, 0])
                .collect(),
            Samples::Black1 => {
                let dark: Vec<bool> =
                    pixels.map(|pixel| luma(pixel) < 128).collect();
                let byte = |dark: &[bool]| {
                    dark.iter()
                        .zip([128, 64, 32, 16, 8, 4, 2, 1])
                        .fold(0, |byte, (dark, bit)| {
                            byte | if *dark { bit } else { 0 }
                        })
                };
                dark.chunks(8).map(byte).collect()
            }
        }
    }

    fn compress(&self, row: &[u8], bytes: &mut Vec<u8>) {
        let size = match self.samples {
            Samples::Black1 | Samples::Gray8 => 1,
            Samples::Rgb8 => 3,
            Samples::Cmyk8 => 4,
            Samples::Rgb16 => 6,
        };
        let pixels: Vec<&[u8]> = row.chunks_exact(size).collect();
        let mut different: Vec<&[u8]> = Vec::new();
        let flush = |different: &mut Vec<&[u8]>, bytes: &mut Vec<u8>| {
            for part in different.chunks(128) {
                match part {
                    [pixel] => {
                        bytes.push(0);
                        bytes.extend(*pixel);
                    }
                    part => {
                        bytes.push((257 - part.len()) as u8);
                        part.iter().for_each(|pixel| bytes.extend(*pixel));
                    }
                }
            }
            different.clear();
        };
        for same in pixels.chunk_by(|one, other| one == other) {
            match same {
                [pixel] => different.push(pixel),
                same => {
                    flush(&mut different, bytes);
                    for run in same.chunks(128) {
                        bytes.push((run.len() - 1) as u8);
                        bytes.extend(same[0]);
                    }
                }
            }
        }
        flush(&mut different, bytes);
    }
}

/// A page that is quick to make and to send: fields of different colours, or
/// of greys, each of them another, in a white margin. `number` turns them.
pub fn chart(width: usize, height: usize, color: bool, number: u8) -> Picture {
    const COLUMNS: usize = 8;
    const ROWS: usize = 12;
    let channels = if color { 3 } else { 1 };
    let white = vec![255; width * channels];
    let margin = width / 12;
    let (across, down) = (width - 2 * margin, height - 2 * margin);
    let field = |column: usize, row: usize| {
        let at = (column * ROWS + row) as u8;
        let sample = |factor: u8| at.wrapping_mul(factor).wrapping_add(number);
        [sample(37), sample(101), sample(173)]
    };
    let mut samples = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        if y < margin || y >= margin + down {
            samples.extend(&white);
            continue;
        }
        let row = (y - margin) * ROWS / down;
        let first = (y - margin) == (row * down).div_ceil(ROWS);
        if !first {
            // The row above again.
            samples.extend_from_within(samples.len() - white.len()..);
            continue;
        }
        let start = samples.len();
        samples.extend(&white);
        for x in 0..across {
            let pixel = field(x * COLUMNS / across, row);
            let at = start + (margin + x) * channels;
            samples[at..at + channels].copy_from_slice(&pixel[..channels]);
        }
    }
    Picture { width, height, channels, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of one page, by the rule that both formats share.
    fn decode(mut bytes: &[u8], line: usize, size: usize) -> Vec<u8> {
        let mut rows = Vec::new();
        while let [repeated, rest @ ..] = bytes {
            bytes = rest;
            let mut row = Vec::new();
            while row.len() < line {
                let (count, rest) = bytes.split_first().expect("a count");
                let count = usize::from(*count);
                let take = if count < 128 { 1 } else { 257 - count };
                let (pixels, rest) = rest.split_at(take * size);
                let times = if count < 128 { count + 1 } else { 1 };
                row.extend(pixels.repeat(times));
                bytes = rest;
            }
            assert_eq!(row.len(), line);
            rows.extend(row.repeat(usize::from(*repeated) + 1));
        }
        rows
    }

    #[test]
    fn a_page_is_the_same_when_it_is_read_again() {
        let mut page = chart(317, 600, true, 0);
        // Some noise, so that there are pixels that do not repeat.
        for (at, sample) in page.samples.iter_mut().enumerate() {
            if at % 7 == 0 && at < 9000 {
                *sample = at as u8;
            }
        }
        let raster = Raster::new(300, Samples::Rgb8);
        let pwg = raster.pwg(std::slice::from_ref(&page));
        assert_eq!(pwg[4 + 372..4 + 376], 317_u32.to_be_bytes());
        assert_eq!(decode(&pwg[4 + 1796..], 317 * 3, 3), page.samples);
        let apple = raster.apple(std::slice::from_ref(&page));
        assert_eq!(decode(&apple[12 + 32..], 317 * 3, 3), page.samples);

        let bits = Raster::new(300, Samples::Black1);
        let white = Picture {
            width: 20,
            height: 300,
            channels: 1,
            samples: vec![255; 6000],
        };
        let pwg = bits.pwg(&[white]);
        assert_eq!(pwg[4 + 1796..], [255, 2, 0, 43, 2, 0]);
    }
}
