//! How like two pictures are to the eye.

use std::io::{self, BufReader, Read};
use std::path::Path;

/// A picture of 8-bit samples, one (grey) or three (RGB) to a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples of a pixel: 1 or 3.
    pub channels: usize,
    /// The samples, row by row.
    pub samples: Vec<u8>,
}

/// The side of the window that is compared at a time, in pixels.
const WINDOW: usize = 8;
/// How far the window moves between two comparisons, in pixels.
const STEP: usize = 4;

impl Picture {
    /// Reads an 8-bit grey or RGB PNG.
    ///
    /// # Errors
    /// When the file is missing or is no such PNG.
    pub fn from_png(path: &Path) -> io::Result<Picture> {
        let file = BufReader::new(std::fs::File::open(path)?);
        let mut reader = png::Decoder::new(file).read_info()?;
        let size = reader.output_buffer_size().unwrap_or(0);
        let mut samples = vec![0; size];
        let info = reader.next_frame(&mut samples)?;
        samples.truncate(info.buffer_size());
        let channels = match (info.color_type, info.bit_depth) {
            (png::ColorType::Grayscale, png::BitDepth::Eight) => 1,
            (png::ColorType::Rgb, png::BitDepth::Eight) => 3,
            other => return Err(io::Error::other(format!("{other:?}"))),
        };
        let (width, height) = (info.width as usize, info.height as usize);
        Ok(Picture { width, height, channels, samples })
    }

    /// Reads a binary PGM or PPM (`P5` or `P6`) of 8 bits, as poppler writes.
    ///
    /// # Errors
    /// When the bytes are no such picture.
    pub fn from_pnm(mut bytes: impl Read) -> io::Result<Picture> {
        let mut word = || -> io::Result<String> {
            let mut word = String::new();
            loop {
                let mut byte = [0];
                bytes.read_exact(&mut byte)?;
                match byte[0] {
                    b if !b.is_ascii_whitespace() => word.push(b.into()),
                    _ if word.is_empty() => {}
                    _ => return Ok(word),
                }
            }
        };
        let channels = match word()?.as_str() {
            "P5" => 1,
            "P6" => 3,
            other => return Err(io::Error::other(other.to_owned())),
        };
        let mut number = || word()?.parse().map_err(io::Error::other);
        let (width, height): (usize, usize) = (number()?, number()?);
        let most: usize = number()?;
        let mut samples = Vec::new();
        bytes.read_to_end(&mut samples)?;
        if most != 255 || samples.len() != width * height * channels {
            return Err(io::Error::other("cut off, or not of 8 bits"));
        }
        Ok(Picture { width, height, channels, samples })
    }

    /// The picture `factor` times smaller; each pixel is the mean of a square.
    pub fn shrunk(&self, factor: usize) -> Picture {
        let (width, height) = (self.width / factor, self.height / factor);
        let channels = self.channels;
        let mut samples = Vec::with_capacity(width * height * channels);
        let mut sums = vec![0_u32; width * channels];
        for rows in self
            .samples
            .chunks_exact(self.width * channels * factor)
            .take(height)
        {
            sums.fill(0);
            for row in rows.chunks_exact(self.width * channels) {
                for (x, pixel) in row.chunks_exact(channels).enumerate() {
                    let Some(sums) = sums.get_mut(x / factor * channels..)
                    else {
                        break;
                    };
                    for (sum, sample) in sums.iter_mut().zip(pixel) {
                        *sum += u32::from(*sample);
                    }
                }
            }
            let area = (factor * factor) as u32;
            samples.extend(sums.iter().map(|sum| (sum / area) as u8));
        }
        Picture { width, height, channels, samples }
    }

    /// The picture in the middle of a white sheet of another size; what does
    /// not fit is cut off.
    pub fn centred(&self, width: usize, height: usize) -> Picture {
        let channels = self.channels;
        let mut samples = vec![255; width * height * channels];
        let middle = |inner: usize, outer: usize| {
            let shift = (outer as f64 - inner as f64) / 2.0;
            // Half a pixel too large: the first pixels stay together.
            (shift + 0.5).floor() as isize
        };
        let left = middle(self.width, width);
        let top = middle(self.height, height);
        let first = left.max(0) as usize;
        let skip = (-left).max(0) as usize;
        let count = (self.width - skip.min(self.width)).min(width - first);
        for y in 0..height {
            let Ok(from) = usize::try_from(y as isize - top) else {
                continue;
            };
            if from >= self.height {
                break;
            }
            let from = (from * self.width + skip) * channels;
            let to = (y * width + first) * channels;
            samples[to..to + count * channels]
                .copy_from_slice(&self.samples[from..from + count * channels]);
        }
        Picture { width, height, channels, samples }
    }

    /// The brightness of each pixel (Rec. ITU-R BT.601).
    pub fn luma(&self) -> Vec<f64> {
        self.samples
            .chunks_exact(self.channels)
            .map(|pixel| match pixel {
                [r, g, b] => {
                    0.299 * f64::from(*r)
                        + 0.587 * f64::from(*g)
                        + 0.114 * f64::from(*b)
                }
                pixel => f64::from(pixel[0]),
            })
            .collect()
    }

    /// The structural similarity of two pictures of one size, 1 for equal
    /// ones: the mean over windows of 8 × 8 pixels of their luma (Z. Wang and
    /// others, "Image quality assessment: from error visibility to structural
    /// similarity", IEEE Transactions on Image Processing 13(4), 2004, with
    /// its constants K1 = 0.01 and K2 = 0.03).
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn similarity(&self, other: &Picture) -> f64 {
        assert_eq!(
            (self.width, self.height),
            (other.width, other.height),
            "only pictures of one size can be compared"
        );
        let (a, b) = (self.luma(), other.luma());
        let (mut sum, mut count) = (0.0, 0.0);
        for top in (0..=self.height.saturating_sub(WINDOW)).step_by(STEP) {
            for left in (0..=self.width.saturating_sub(WINDOW)).step_by(STEP) {
                sum += window(&a, &b, self.width, top * self.width + left);
                count += 1.0;
            }
        }
        sum / count
    }

    /// The mean distance of two pictures' samples, 0 to 255, channel by
    /// channel: what the similarity of lumas does not see.
    ///
    /// # Panics
    /// When the shapes differ.
    pub fn distance(&self, other: &Picture) -> f64 {
        assert_eq!(self.samples.len(), other.samples.len(), "of one shape");
        let sum: u64 = self
            .samples
            .iter()
            .zip(&other.samples)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        sum as f64 / self.samples.len() as f64
    }
}

/// The similarity of the windows that begin at `start`.
fn window(a: &[f64], b: &[f64], width: usize, start: usize) -> f64 {
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in 0..WINDOW {
        let from = start + row * width;
        let pairs = a[from..from + WINDOW].iter().zip(&b[from..from + WINDOW]);
        for (x, y) in pairs {
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
    }
    let n = (WINDOW * WINDOW) as f64;
    let (ma, mb) = (sa / n, sb / n);
    let (va, vb) = (saa / n - ma * ma, sbb / n - mb * mb);
    let cov = sab / n - ma * mb;
    ((2.0 * ma * mb + C1) * (2.0 * cov + C2))
        / ((ma * ma + mb * mb + C1) * (va + vb + C2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chequered(size: usize, shift: usize) -> Picture {
        let samples = (0..size * size)
            .map(|at| {
                let (x, y) = (at % size + shift, at / size);
                if (x / 4 + y / 4) % 2 == 0 { 0 } else { 255 }
            })
            .collect();
        Picture { width: size, height: size, channels: 1, samples }
    }

    #[test]
    fn a_picture_is_wholly_like_itself_and_unlike_its_negative() {
        let picture = chequered(64, 0);
        let negative = chequered(64, 4);
        assert_eq!(picture.similarity(&picture), 1.0);
        assert!(picture.similarity(&negative) < -0.9);
        assert!(picture.similarity(&chequered(64, 2)) < 0.5);
    }

    #[test]
    fn shrinking_keeps_the_mean_and_centring_the_middle() {
        let picture = chequered(64, 0);
        let small = picture.shrunk(8);
        assert!(small.samples.iter().all(|sample| *sample == 127));
        let sheet = small.centred(12, 10);
        assert_eq!(sheet.samples[0], 255);
        assert_eq!(sheet.samples[12 + 2], 127);
        assert_eq!(sheet.centred(8, 8), small);
    }
}
