//! Apple raster, also called URF: a word, the number of pages, and then each
//! page with a head of 32 bytes. Apple has published no specification; this
//! is what CUPS reads and writes (cups/raster-stream.c).

use crate::color::Space;
use crate::head::{RasterPage, number};
use crate::pages::{complete, read_pages};
use crate::source::Cursor;
use crate::{RasterError, cut};

/// What follows the first four bytes of the file's word, `UNIRAST\0`.
const WORD: &[u8; 4] = b"AST\0";
/// Bytes of a page's head.
const HEAD: usize = 32;

/// All pages behind the file's first four bytes.
pub(crate) fn pages(
    cursor: &mut Cursor<'_>,
) -> Result<Vec<RasterPage>, RasterError> {
    let mut start = [0; 8];
    cursor.read(&mut start).map_err(|error| cut(error, 1))?;
    if !start.starts_with(WORD) {
        let how = "it does not begin as an Apple raster does".to_owned();
        return Err(RasterError::Damaged { page: 1, how });
    }
    complete(read_pages(cursor, read_head)?, number(&start, 4))
}

/// The head: bits of a pixel, colour space, sides, quality, type and source of
/// the paper, and five numbers of four bytes.
fn read_head(
    head: &[u8; HEAD],
    page: usize,
) -> Result<RasterPage, RasterError> {
    let (pixel, space) = (u32::from(head[0]), head[1]);
    let space = match space {
        0 | 4 => Space::Grey,
        1 | 5 => Space::Rgb,
        3 => Space::AdobeRgb,
        6 => Space::Cmyk,
        other => {
            let how = format!("its colour space is {other}");
            return Err(RasterError::Unsupported { page, how });
        }
    };
    let channels = space.channels() as u32;
    if pixel % channels != 0 {
        let how = "its numbers contradict each other".to_owned();
        return Err(RasterError::Damaged { page, how });
    }
    let size = (number(head, 12), number(head, 16));
    let dpi = number(head, 20);
    RasterPage::new(page, size, (dpi, dpi), space, pixel / channels)
}
