//! PWG raster (PWG 5102.4-2012): a word, and then each page with a head of
//! 1,796 bytes.

use crate::RasterError;
use crate::color::Space;
use crate::head::{RasterPage, number};
use crate::pages::{complete, read_pages};
use crate::source::Cursor;

/// Bytes of a page's head (4.3).
const HEAD: usize = 1796;
/// What it begins with.
const WORD: &[u8] = b"PwgRaster\0";

/// All pages behind the file's first word.
pub(crate) fn pages(
    cursor: &mut Cursor<'_>,
) -> Result<Vec<RasterPage>, RasterError> {
    let mut said = 0;
    let pages = read_pages(cursor, |head: &[u8; HEAD], page| {
        if page == 1 {
            said = number(head, 452);
        }
        read_head(head, page)
    })?;
    complete(pages, said)
}

// ANCHOR: head
/// The head of a page (table 2), every number of which is held against the
/// others.
fn read_head(head: &[u8], page: usize) -> Result<RasterPage, RasterError> {
    let damaged =
        |how: &str| RasterError::Damaged { page, how: how.to_owned() };
    let unsupported = |how: String| RasterError::Unsupported { page, how };
    if !head.starts_with(WORD) {
        return Err(damaged("it does not begin as pages do"));
    }
    let dpi = (number(head, 276), number(head, 280));
    let size = (number(head, 372), number(head, 376));
    let (bits, pixel) = (number(head, 384), number(head, 388));
    let (line, order) = (number(head, 392), number(head, 396));
    let (space, colors) = (number(head, 400), number(head, 420));
    if order != 0 {
        return Err(unsupported("its colours come one after the other".into()));
    }
    let space = match space {
        0 | 18 => Space::Grey,
        1 | 19 => Space::Rgb,
        3 => Space::Black,
        6 => Space::Cmyk,
        20 => Space::AdobeRgb,
        other => {
            return Err(unsupported(format!("its colour space is {other}")));
        }
    };
    let mut read = RasterPage::new(page, size, dpi, space, bits)?;
    // A number that is left out is 0 in files of older writers.
    if ![0, space.channels() as u32].contains(&colors)
        || pixel != bits * space.channels() as u32
        || line as usize != read.sizes().row
    {
        return Err(damaged("its numbers contradict each other"));
    }
    // ANCHOR_END: head
    read.mirrored = (is_mirrored(head, 456), is_mirrored(head, 460));
    Ok(read)
}

/// Whether a transform (4.3.3.1 and 4.3.3.3) is -1: the back of a sheet, as a
/// printer asked for that prints it from the other side. Ours needs no such
/// thing.
fn is_mirrored(head: &[u8], at: usize) -> bool {
    number(head, at) == u32::MAX
}
