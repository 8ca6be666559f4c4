//! The rows of a page, as both formats pack them: how often a row repeats,
//! and then its pixels in runs (PWG 5102.4, 4.4).
//!
//! A count from 0 to 127 is followed by one pixel, which is there once more
//! than that; one from 129 to 255 by 257 less the count different pixels. In
//! Apple raster 128 makes the rest of the row white; PWG reserves it, and CUPS
//! reads it in the same way.

use std::io::{self, ErrorKind};

use crate::head::{RasterPage, Sizes};
use crate::source::{Cursor, Source};
use crate::{RasterError, cut};

/// From one place that is remembered to the next, in rows.
const MARK_EVERY: u32 = 128;

/// A place in the file from which rows can be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    /// The row, from 0.
    row: u32,
    /// The place of its first byte.
    place: u64,
}

/// Goes through all rows of a page, and remembers places in between.
pub(crate) fn look_through(
    cursor: &mut Cursor<'_>,
    page: &mut RasterPage,
    number: usize,
) -> Result<(), RasterError> {
    let sizes = page.sizes();
    let mut row = 0;
    let mut next_mark = 0;
    while row < page.height {
        if row >= next_mark {
            page.marks.push(Mark { row, place: cursor.place() });
            next_mark = row + MARK_EVERY;
        }
        let repeated =
            pass_row(cursor, sizes).map_err(|error| match error.kind() {
                ErrorKind::InvalidData => RasterError::Damaged {
                    page: number,
                    how: format!("row {} is too long", row + 1),
                },
                _ => cut(error, number),
            })?;
        row += repeated;
    }
    Ok(())
}

/// Passes over a packed row; returns how many rows it stands for.
fn pass_row(cursor: &mut Cursor<'_>, sizes: Sizes) -> io::Result<u32> {
    let repeated = u32::from(cursor.byte()?) + 1;
    let mut left = sizes.row;
    while left > 0 {
        let (units, kept) = match cursor.byte()? {
            128 => break,
            count @ 0..128 => (usize::from(count) + 1, 1),
            count => (257 - usize::from(count), 257 - usize::from(count)),
        };
        let bytes = units * sizes.unit;
        left = left.checked_sub(bytes).ok_or(ErrorKind::InvalidData)?;
        cursor.skip(kept * sizes.unit)?;
    }
    Ok(repeated)
}

/// Reads the rows of a page, one after the other.
pub(crate) struct Rows<'r> {
    cursor: Cursor<'r>,
    sizes: Sizes,
    white: u8,
    row: Vec<u8>,
    /// How many more rows are like this one.
    repeats: u32,
}

impl<'r> Rows<'r> {
    /// The rows from `first` (from 0) on.
    pub fn from(
        source: &'r Source,
        page: &RasterPage,
        first: u32,
    ) -> io::Result<Rows<'r>> {
        let mark = page.marks.partition_point(|mark| mark.row <= first);
        let mark = mark.checked_sub(1).and_then(|at| page.marks.get(at));
        let Mark { row, place } = *mark.ok_or(ErrorKind::InvalidInput)?;
        let sizes = page.sizes();
        let mut rows = Rows {
            cursor: Cursor::new(source, place),
            sizes,
            white: page.space.white(),
            row: vec![0; sizes.row],
            repeats: 0,
        };
        // Rows above the first are passed over without being unpacked.
        let mut skipped = first.saturating_sub(row);
        while skipped > 0 {
            let place = rows.cursor.place();
            let repeated = pass_row(&mut rows.cursor, sizes)?;
            if repeated > skipped {
                rows.cursor = Cursor::new(source, place);
                rows.unpack()?;
                rows.repeats = repeated - skipped;
                break;
            }
            skipped -= repeated;
        }
        Ok(rows)
    }

    /// The next row, packed as the page's head says, and whether it is the
    /// same as the one before.
    pub fn next(&mut self) -> io::Result<(&[u8], bool)> {
        let is_same = self.repeats > 0;
        if !is_same {
            self.unpack()?;
        }
        self.repeats -= 1;
        Ok((&self.row, is_same))
    }

    // ANCHOR: unpack
    fn unpack(&mut self) -> io::Result<()> {
        self.repeats = u32::from(self.cursor.byte()?) + 1;
        let unit = self.sizes.unit;
        let mut at = 0;
        while at < self.row.len() {
            let count = self.cursor.byte()?;
            if count == 128 {
                self.row[at..].fill(self.white);
                break;
            }
            let is_run = count < 128;
            let units = match is_run {
                true => usize::from(count) + 1,
                false => 257 - usize::from(count),
            };
            let end = at + units * unit;
            let place =
                self.row.get_mut(at..end).ok_or(ErrorKind::InvalidData)?;
            if is_run {
                let (first, others) = place.split_at_mut(unit);
                self.cursor.read(first)?;
                for other in others.chunks_exact_mut(unit) {
                    other.copy_from_slice(first);
                }
            } else {
                self.cursor.read(place)?;
            }
            at = end;
        }
        Ok(())
    }
    // ANCHOR_END: unpack
}
