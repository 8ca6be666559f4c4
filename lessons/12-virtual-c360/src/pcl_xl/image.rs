use super::session::Color;
use crate::Page;
use std::io::{self, BufRead};

/// An image between `BeginImage` and `EndImage`.
pub struct Image {
    pub width: usize,
    pub height: usize,
    /// Bits of one sample: 1, 4 or 8.
    pub depth: usize,
    /// Samples are numbers of palette entries.
    pub indexed: bool,
    pub color: Color,
    /// Left, top, right and bottom edge in pixels of the page.
    pub place: [f64; 4],
    /// Rows that have come.
    pub rows: usize,
}

/// What went wrong with image data, by its name in the reference.
pub enum Bad {
    Data(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Bad {
        Bad::Io(error)
    }
}

impl Image {
    /// Bytes of a row before it is padded.
    pub fn row_bytes(&self) -> usize {
        let samples = match (self.indexed, self.color.channels) {
            (false, 3) => self.width * 3,
            _ => self.width,
        };
        (samples * self.depth).div_ceil(8)
    }

    /// Paints the next row of the image onto `page`.
    pub fn paint(&mut self, data: &[u8], page: &mut Page) {
        let row = self.rows;
        self.rows += 1;
        let spread;
        let pixels = if self.depth == 8 && !self.indexed {
            &data[..self.row_bytes().min(data.len())]
        } else {
            spread = self.spread(data);
            &spread
        };
        let [left, top, right, bottom] = self.place;
        let step = (bottom - top) / self.height as f64;
        // `as usize` takes what is left of the page to 0.
        let first = (top + row as f64 * step).round().max(0.0) as usize;
        let end = (top + (row + 1) as f64 * step).round().max(0.0);
        let end = (end as usize).min(page.height as usize);
        let exact = (right - left - self.width as f64).abs() < 0.5;
        let (x, pixels) = if exact && left.round() >= 0.0 {
            (left.round() as usize, std::borrow::Cow::Borrowed(pixels))
        } else {
            let (x, scaled) = self.scale(pixels, page.width as usize);
            (x, std::borrow::Cow::Owned(scaled))
        };
        for y in first..end {
            match self.color.channels {
                3 => page.paint_rgb(x, y, &pixels),
                _ => page.paint_gray(x, y, &pixels),
            }
        }
    }

    /// Samples of 1, 4 or 8 bits, direct or through the palette, to one byte
    /// a channel.
    fn spread(&self, data: &[u8]) -> Vec<u8> {
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

    /// Takes the nearest source pixel for each pixel of the page; returns
    /// where the row begins.
    fn scale(&self, pixels: &[u8], page_width: usize) -> (usize, Vec<u8>) {
        let [left, _, right, _] = self.place;
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

/// The embedded data that the current operator may read: `left` bytes of
/// `input`, and then what `more` finds, if it finds more.
pub struct Data<'a> {
    pub input: &'a mut dyn BufRead,
    pub left: u32,
}

impl Data<'_> {
    /// Bytes that are here already, at least one, or none at the data's end.
    fn some(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let here = self.input.fill_buf()?;
        if here.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(&here[..here.len().min(self.left as usize)])
    }

    fn used(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.left -= bytes as u32;
    }

    fn byte(&mut self) -> Result<u8, Bad> {
        let byte = self.some()?.first().copied();
        let byte = byte.ok_or(Bad::Data("MissingData"))?;
        self.used(1);
        Ok(byte)
    }

    fn fill(&mut self, mut place: &mut [u8]) -> Result<(), Bad> {
        while !place.is_empty() {
            let here = self.some()?;
            let n = here.len().min(place.len());
            if n == 0 {
                return Err(Bad::Data("MissingData"));
            }
            place[..n].copy_from_slice(&here[..n]);
            self.used(n);
            place = &mut place[n..];
        }
        Ok(())
    }
}

/// How rows are packed (reference, "CompressMode").
pub enum Packing {
    None,
    /// PackBits. A run may go on into the next row.
    Rle(Run),
    /// Each row is what it changes of the row before.
    DeltaRow,
}

#[derive(Clone, Copy)]
pub enum Run {
    Literal(usize),
    Repeat(usize, u8),
}

impl Packing {
    pub fn rle() -> Packing {
        Packing::Rle(Run::Literal(0))
    }

    /// Unpacks one row into `row`, which holds the row before it.
    pub fn unpack(
        &mut self,
        data: &mut Data<'_>,
        row: &mut [u8],
    ) -> Result<(), Bad> {
        match self {
            Packing::None => data.fill(row),
            Packing::Rle(run) => unpack_bits(run, data, row),
            Packing::DeltaRow => apply_delta(data, row),
        }
    }

    /// Whether a run promises bytes that no row has room for.
    pub fn ends_clean(&self) -> bool {
        !matches!(self, Packing::Rle(Run::Literal(1..) | Run::Repeat(1.., _)))
    }
}

fn unpack_bits(
    run: &mut Run,
    data: &mut Data<'_>,
    row: &mut [u8],
) -> Result<(), Bad> {
    let mut at = 0;
    while at < row.len() {
        let room = row.len() - at;
        match *run {
            Run::Literal(0) | Run::Repeat(0, _) => {
                *run = match data.byte()? {
                    n @ 0..=127 => Run::Literal(usize::from(n) + 1),
                    128 => Run::Literal(0),
                    n => Run::Repeat(257 - usize::from(n), data.byte()?),
                };
            }
            Run::Literal(n) => {
                let now = n.min(room);
                data.fill(&mut row[at..at + now])?;
                *run = Run::Literal(n - now);
                at += now;
            }
            Run::Repeat(n, byte) => {
                let now = n.min(room);
                row[at..at + now].fill(byte);
                *run = Run::Repeat(n - now, byte);
                at += now;
            }
        }
    }
    Ok(())
}

/// Two bytes of length, low byte first; then commands: three bits for how
/// many bytes to replace, less one, and five for how many to leave before.
fn apply_delta(data: &mut Data<'_>, row: &mut [u8]) -> Result<(), Bad> {
    let mut left =
        usize::from(u16::from_le_bytes([data.byte()?, data.byte()?]));
    let mut at = 0;
    let mut byte = |data: &mut Data<'_>| {
        left = left.checked_sub(1).ok_or(Bad::Data("IllegalDataLength"))?;
        data.byte()
    };
    loop {
        let command = match byte(data) {
            Ok(command) => command,
            Err(Bad::Data("IllegalDataLength")) => return Ok(()),
            Err(other) => return Err(other),
        };
        at += usize::from(command & 31);
        if command & 31 == 31 {
            loop {
                let more = byte(data)?;
                at += usize::from(more);
                if more != 255 {
                    break;
                }
            }
        }
        for _ in 0..=command >> 5 {
            let new = byte(data)?;
            *row.get_mut(at).ok_or(Bad::Data("ExtraData"))? = new;
            at += 1;
        }
    }
}
