//! The data of an image, and the ways in which its rows are packed.

use std::io::{self, BufRead};

/// An error in an image's data.
pub enum DataError {
    /// The error's name in the reference.
    Invalid(&'static str),
    Io(io::Error),
}

impl From<io::Error> for DataError {
    fn from(error: io::Error) -> DataError {
        DataError::Io(error)
    }
}

/// The embedded data of one operator: the next `left` bytes of `input`.
pub struct EmbeddedData<'a> {
    pub input: &'a mut dyn BufRead,
    pub left: u32,
}

impl EmbeddedData<'_> {
    /// The bytes that have arrived, at least one; none at the data's end.
    fn arrived(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let here = self.input.fill_buf()?;
        if here.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(&here[..here.len().min(self.left as usize)])
    }

    fn consume(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.left -= bytes as u32;
    }

    fn byte(&mut self) -> Result<u8, DataError> {
        let byte = self.arrived()?.first().copied();
        let byte = byte.ok_or(DataError::Invalid("MissingData"))?;
        self.consume(1);
        Ok(byte)
    }

    fn fill(&mut self, mut place: &mut [u8]) -> Result<(), DataError> {
        while !place.is_empty() {
            let here = self.arrived()?;
            let n = here.len().min(place.len());
            if n == 0 {
                return Err(DataError::Invalid("MissingData"));
            }
            place[..n].copy_from_slice(&here[..n]);
            self.consume(n);
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
    /// A row is stored as its changes against the row before.
    DeltaRow,
}

/// The rest of a run.
#[derive(Clone, Copy)]
pub enum Run {
    /// This many bytes follow as they are.
    Literal(usize),
    /// This byte comes this many times.
    Repeat(usize, u8),
}

impl Packing {
    pub fn rle() -> Packing {
        Packing::Rle(Run::Literal(0))
    }

    /// Unpacks one row into `row`, which holds the row before it.
    pub fn unpack(
        &mut self,
        data: &mut EmbeddedData<'_>,
        row: &mut [u8],
    ) -> Result<(), DataError> {
        match self {
            Packing::None => data.fill(row),
            Packing::Rle(run) => unpack_bits(run, data, row),
            Packing::DeltaRow => apply_delta(data, row),
        }
    }

    /// Whether all of the last run has been used.
    pub fn is_at_end(&self) -> bool {
        !matches!(self, Packing::Rle(Run::Literal(1..) | Run::Repeat(1.., _)))
    }
}

fn unpack_bits(
    run: &mut Run,
    data: &mut EmbeddedData<'_>,
    row: &mut [u8],
) -> Result<(), DataError> {
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

/// The row's changes: their length as two bytes, low byte first, and then
/// commands. Three bits of a command are the number of bytes to replace, less
/// one; five are the number of bytes to keep before them.
fn apply_delta(
    data: &mut EmbeddedData<'_>,
    row: &mut [u8],
) -> Result<(), DataError> {
    let length = u16::from_le_bytes([data.byte()?, data.byte()?]);
    let mut left = usize::from(length);
    let mut at = 0;
    while left > 0 {
        let command = delta_byte(data, &mut left)?;
        let keep = command & 31;
        at += usize::from(keep);
        // 31 means that more bytes of the number follow, up to one below 255.
        let mut more = if keep == 31 { 255 } else { 0 };
        while more == 255 {
            more = delta_byte(data, &mut left)?;
            at += usize::from(more);
        }
        for _ in 0..=command >> 5 {
            let new = delta_byte(data, &mut left)?;
            *row.get_mut(at).ok_or(DataError::Invalid("ExtraData"))? = new;
            at += 1;
        }
    }
    Ok(())
}

/// The next byte of a row's changes, of which `left` are left.
fn delta_byte(
    data: &mut EmbeddedData<'_>,
    left: &mut usize,
) -> Result<u8, DataError> {
    *left =
        left.checked_sub(1).ok_or(DataError::Invalid("IllegalDataLength"))?;
    data.byte()
}
