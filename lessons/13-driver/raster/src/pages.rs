//! The pages of a file, one behind the other, each behind its head.

use crate::head::RasterPage;
use crate::lines::look_through;
use crate::source::Cursor;
use crate::{MOST_PAGES, RasterError, cut};

/// Reads all pages behind the cursor: `read_head` is given each page's head,
/// of `HEAD` bytes, and its number, from 1.
pub(crate) fn read_pages<const HEAD: usize>(
    cursor: &mut Cursor<'_>,
    mut read_head: impl FnMut(&[u8; HEAD], usize) -> Result<RasterPage, RasterError>,
) -> Result<Vec<RasterPage>, RasterError> {
    let mut pages = Vec::new();
    while !cursor.is_at_end()? {
        if pages.len() == MOST_PAGES {
            return Err(RasterError::TooManyPages);
        }
        let number = pages.len() + 1;
        let mut head = [0; HEAD];
        cursor.read(&mut head).map_err(|error| cut(error, number))?;
        let mut page = read_head(&head, number)?;
        look_through(cursor, &mut page, number)?;
        pages.push(page);
    }
    Ok(pages)
}

/// These pages, if they are as many as the sender said; 0 when the sender did
/// not know it yet.
pub(crate) fn complete(
    pages: Vec<RasterPage>,
    said: u32,
) -> Result<Vec<RasterPage>, RasterError> {
    match (pages.len() as u64) < u64::from(said) {
        true => Err(RasterError::PagesMissing { said, found: pages.len() }),
        false => Ok(pages),
    }
}
