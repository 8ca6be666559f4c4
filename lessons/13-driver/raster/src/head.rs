//! The head of a page: how large it is, and how its pixels are kept.

use crate::RasterError;
use crate::color::Space;
use crate::lines::Mark;

/// The longest side of a page, in pixels: longer than any paper at the finest
/// resolution.
const LONGEST_SIDE: u32 = 65_535;
/// The most pixels of a page: twice as many as A3 has at 1,200 dpi.
const MOST_PIXELS: u64 = 600_000_000;
/// Resolutions that printers have, in dots an inch.
const RESOLUTIONS: std::ops::RangeInclusive<u32> = 36..=4800;

/// A page, as its head describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterPage {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Pixels an inch, across and down.
    pub(crate) dpi: (u32, u32),
    pub(crate) space: Space,
    /// Bits of a sample: 1, 8 or 16.
    pub(crate) bits: u32,
    /// Whether it lies mirrored, across and down, as the back of a sheet may.
    pub(crate) mirrored: (bool, bool),
    /// Places in the file from which rows can be read.
    pub(crate) marks: Vec<Mark>,
}

/// The size of what a page is made of, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sizes {
    /// Of what is repeated: a pixel, or eight of one bit.
    pub unit: usize,
    /// Of a row.
    pub row: usize,
}

impl RasterPage {
    /// A page, when it is one that can be printed. Its rows are not known yet.
    pub(crate) fn new(
        number: usize,
        (width, height): (u32, u32),
        dpi: (u32, u32),
        space: Space,
        bits: u32,
    ) -> Result<RasterPage, RasterError> {
        let damaged = |how: String| RasterError::Damaged { page: number, how };
        let sides = 1..=LONGEST_SIDE;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(damaged(format!(
                "it is said to be {width} × {height} pixels large"
            )));
        }
        if !RESOLUTIONS.contains(&dpi.0) || !RESOLUTIONS.contains(&dpi.1) {
            return Err(damaged(format!(
                "it is said to have {} × {} dots an inch",
                dpi.0, dpi.1
            )));
        }
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(RasterError::Unsupported {
                page: number,
                how: format!(
                    "it is {width} × {height} pixels large; the most are 600 \
                     million"
                ),
            });
        }
        let is_known = match bits {
            1 => space.channels() == 1,
            8 | 16 => true,
            _ => false,
        };
        if !is_known {
            return Err(RasterError::Unsupported {
                page: number,
                how: format!("its samples have {bits} bits"),
            });
        }
        let (mirrored, marks) = ((false, false), Vec::new());
        Ok(RasterPage { width, height, dpi, space, bits, mirrored, marks })
    }

    /// Its width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Its height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// How many pixels make an inch, across and down.
    #[must_use]
    pub fn dpi(&self) -> (u32, u32) {
        self.dpi
    }

    /// Its width and height in points (1/72 inch).
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        let points =
            |pixels: u32, dpi: u32| f64::from(pixels) * 72.0 / f64::from(dpi);
        (points(self.width, self.dpi.0), points(self.height, self.dpi.1))
    }

    pub(crate) fn sizes(&self) -> Sizes {
        let bits = (self.space.channels() as u32 * self.bits) as usize;
        let width = self.width as usize;
        Sizes { unit: bits.div_ceil(8), row: (width * bits).div_ceil(8) }
    }
}

/// The number of four bytes at this place, high byte first; 0 beyond the end.
pub(crate) fn number(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.get(at..).and_then(|rest| rest.first_chunk());
    u32::from_be_bytes(*bytes.unwrap_or(&[0; 4]))
}
