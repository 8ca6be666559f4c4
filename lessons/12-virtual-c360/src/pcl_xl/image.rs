//! An image, painted row by row as its data come.

use std::borrow::Cow;

use super::error::Error;
use super::graphics_state::{Color, GraphicsState};
use super::names::attr;
use super::operation::Operation;
use super::packing::{DataError, EmbeddedData, Packing};
use super::token::{Token, Tokens};
use crate::page::Page;

/// An image between `BeginImage` and `EndImage`.
pub struct Image {
    width: usize,
    height: usize,
    /// Bits of one sample: 1, 4 or 8.
    depth: usize,
    /// Whether samples are numbers of palette entries.
    indexed: bool,
    color: Color,
    /// Left, top, right and bottom edge in pixels of the page.
    area: [f64; 4],
    /// Rows that have come.
    rows: usize,
}

impl Image {
    /// `BeginImage`.
    pub fn begin(
        operation: &Operation,
        state: &GraphicsState,
    ) -> Result<Image, Error> {
        let depth = match operation.scalar(attr::COLOR_DEPTH)? as u8 {
            0 => 1,
            1 => 4,
            2 => 8,
            _ => return Err(operation.error("IllegalAttributeValue")),
        };
        let indexed = match operation.scalar(attr::COLOR_MAPPING)? as u8 {
            0 => false,
            1 => true,
            _ => return Err(operation.error("IllegalAttributeValue")),
        };
        let width = operation.size(attr::SOURCE_WIDTH)?;
        let height = operation.size(attr::SOURCE_HEIGHT)?;
        let size = operation.xy(attr::DESTINATION_SIZE)?;
        if !size.iter().all(|&length| length > 0.0) {
            return Err(operation.error("IllegalAttributeValue"));
        }
        let color = state.color.clone();
        let entries = color.palette.len() / color.channels;
        if indexed && entries != 1 << depth {
            return Err(operation.error("ImagePaletteMismatch"));
        }
        let Some(area) = state.area(size) else {
            return Err(operation.error("CurrentCursorUndefined"));
        };
        Ok(Image { width, height, depth, indexed, color, area, rows: 0 })
    }

    /// `ReadImage`: unpacks a block of rows and paints each onto `page`.
    pub fn read_block(
        &mut self,
        operation: &Operation,
        tokens: &mut Tokens<'_>,
        page: &mut Page,
    ) -> Result<(), Error> {
        let start = operation.scalar(attr::START_LINE)?;
        let rows = operation.size(attr::BLOCK_HEIGHT)?;
        if start != self.rows as f64 || self.rows + rows > self.height {
            return Err(operation.error("IllegalAttributeValue"));
        }
        let mut packing = match operation.scalar(attr::COMPRESS_MODE)? as u8 {
            0 => Packing::None,
            1 => Packing::rle(),
            3 => Packing::DeltaRow,
            // 2 is JPEG.
            _ => return Err(operation.error("UnsupportedAttributeValue")),
        };
        let multiple = match operation.optional(attr::PAD_BYTES_MULTIPLE)? {
            Some(n @ 1.0..=255.0) => n as usize,
            Some(_) => return Err(operation.error("IllegalAttributeValue")),
            None => 4,
        };
        // ANCHOR: rows
        let Token::Data(left) = tokens.next()? else {
            return Err(operation.error("MissingData"));
        };
        let mut data = EmbeddedData { input: tokens.input, left };
        // Before the first row there is a row of zeros.
        let mut row = vec![0; self.row_bytes().next_multiple_of(multiple)];
        for _ in 0..rows {
            match packing.unpack(&mut data, &mut row) {
                Ok(()) => self.paint(&row, page),
                Err(DataError::Io(error)) => return Err(error.into()),
                Err(DataError::Invalid(error)) => {
                    return Err(operation.error(error));
                }
            }
        }
        if data.left > 0 || !packing.is_at_end() {
            return Err(operation.error("ExtraData"));
        }
        // ANCHOR_END: rows
        Ok(())
    }

    /// Whether all rows have come.
    pub fn is_complete(&self) -> bool {
        self.rows == self.height
    }

    /// Bytes of a row before it is padded.
    fn row_bytes(&self) -> usize {
        let samples = match (self.indexed, self.color.channels) {
            (false, 3) => self.width * 3,
            _ => self.width,
        };
        (samples * self.depth).div_ceil(8)
    }

    /// Paints the next row of the image onto `page`.
    fn paint(&mut self, data: &[u8], page: &mut Page) {
        let row = self.rows;
        self.rows += 1;
        let expanded;
        let pixels = if self.depth == 8 && !self.indexed {
            &data[..self.row_bytes().min(data.len())]
        } else {
            expanded = self.expand(data);
            &expanded
        };
        let [left, top, right, bottom] = self.area;
        let step = (bottom - top) / self.height as f64;
        // Rows above the page are not painted.
        let first = (top + row as f64 * step).round().max(0.0) as usize;
        let end = (top + (row + 1) as f64 * step).round().max(0.0);
        let end = (end as usize).min(page.height as usize);
        let exact = (right - left - self.width as f64).abs() < 0.5;
        let (x, pixels) = if exact && left.round() >= 0.0 {
            (left.round() as usize, Cow::Borrowed(pixels))
        } else {
            let (x, scaled) = self.scale(pixels, page.width as usize);
            (x, Cow::Owned(scaled))
        };
        for y in first..end {
            match self.color.channels {
                3 => page.paint_rgb(x, y, &pixels),
                _ => page.paint_gray(x, y, &pixels),
            }
        }
    }

    /// Makes one byte a channel of samples of 1, 4 or 8 bits, direct or through
    /// the palette.
    fn expand(&self, data: &[u8]) -> Vec<u8> {
        let channels = self.color.channels;
        let per_pixel = if self.indexed { 1 } else { channels };
        let most = (1usize << self.depth) - 1;
        let sample = |n: usize| {
            let bit = n * self.depth;
            let byte = data.get(bit / 8).copied().unwrap_or(0);
            let shift = 8 - self.depth - bit % 8;
            usize::from(byte >> shift) & most
        };
        let mut pixels = Vec::with_capacity(self.width * channels);
        for n in 0..self.width * per_pixel {
            if self.indexed {
                let entry = sample(n) * channels;
                for channel in entry..entry + channels {
                    let level = self.color.palette.get(channel);
                    pixels.push(level.copied().unwrap_or(0));
                }
            } else {
                pixels.push((sample(n) * 255 / most) as u8);
            }
        }
        pixels
    }

    /// Stretches a row to the width of its area: each pixel of the page gets
    /// the nearest pixel of the row. Returns where the row begins, too.
    fn scale(&self, pixels: &[u8], page_width: usize) -> (usize, Vec<u8>) {
        let [left, _, right, _] = self.area;
        let channels = self.color.channels;
        let first = left.round().max(0.0) as usize;
        let end = (right.round().max(0.0) as usize).min(page_width);
        let mut row = Vec::with_capacity(end.saturating_sub(first) * channels);
        let step = self.width as f64 / (right - left);
        for x in first..end {
            let source = ((x as f64 + 0.5 - left) * step).max(0.0) as usize;
            let at = source.min(self.width - 1) * channels;
            let pixel = pixels.get(at..at + channels);
            row.extend_from_slice(pixel.unwrap_or(&[255; 3][..channels]));
        }
        (first, row)
    }
}
