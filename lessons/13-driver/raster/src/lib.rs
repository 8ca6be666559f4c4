//! Pages that come as pixels: PWG raster (PWG 5102.4) and Apple raster (URF),
//! which phones and computers send to a printer that they have no driver for.
//!
//! A file is looked through once, from its beginning to its end, and nothing
//! of it is kept but where its pages are. Their rows are then read where they
//! are needed, in whatever order, by as many threads as there are.
//!
//! ```no_run
//! use raster::{Placed, Raster, Source};
//!
//! let file = std::fs::File::open("photo.urf")?;
//! let raster = Raster::open(Source::from(file))?;
//! // The upper half of the first page, at half its size.
//! let page = &raster.pages()[0];
//! let (width, rows) = (page.width() / 2, page.height() / 4);
//! let mut pixels = vec![0xFF; width as usize * rows as usize * 4];
//! let place = Placed {
//!     left: 0.0,
//!     top: 0.0,
//!     across: 0.5,
//!     down: 0.5,
//!     columns: 0..width,
//!     rows: 0..rows,
//! };
//! raster.draw(0, &place, 0, width as usize, &mut pixels)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apple;
mod color;
mod draw;
mod head;
mod lines;
mod pages;
mod pwg;
mod source;

pub use draw::Placed;
pub use head::RasterPage;
pub use source::Source;

#[cfg(test)]
mod tests;

use std::io;

use source::Cursor;

/// The most pages of a file.
const MOST_PAGES: usize = 20_000;

/// A file of pages, looked through.
pub struct Raster {
    source: Source,
    pages: Vec<RasterPage>,
}

/// Why a raster cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum RasterError {
    /// Its end is missing.
    #[error("page {page} is cut off; send it again")]
    CutOff {
        /// The page, from 1.
        page: usize,
    },
    /// It says that it has more pages than it has.
    #[error("only {found} of its {said} pages are there; send it again")]
    PagesMissing {
        /// How many it says it has.
        said: u32,
        /// How many there are.
        found: usize,
    },
    /// A page's head, or its rows, are not what they have to be.
    #[error("page {page} is damaged: {how}")]
    Damaged {
        /// The page, from 1.
        page: usize,
        /// What is wrong.
        how: String,
    },
    /// A page is of a kind that cannot be printed.
    #[error("page {page} cannot be printed: {how}")]
    Unsupported {
        /// The page, from 1.
        page: usize,
        /// What it is.
        how: String,
    },
    /// No page at all.
    #[error("it has no pages")]
    NoPages,
    /// More pages than are taken at once.
    #[error("it has more than {MOST_PAGES} pages; print it in parts")]
    TooManyPages,
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl Raster {
    /// Looks through a file of either kind, by its first bytes.
    ///
    /// # Errors
    /// See [`RasterError`]. All heads and all rows have been looked at.
    pub fn open(source: Source) -> Result<Raster, RasterError> {
        let mut cursor = Cursor::new(&source, 0);
        let mut start = [0; 4];
        cursor.read(&mut start).map_err(|error| cut(error, 1))?;
        let pages = match &start {
            b"RaS2" => pwg::pages(&mut cursor)?,
            _ => apple::pages(&mut cursor)?,
        };
        if pages.is_empty() {
            return Err(RasterError::NoPages);
        }
        Ok(Raster { source, pages })
    }

    /// The pages, in their order, at least one.
    #[must_use]
    pub fn pages(&self) -> &[RasterPage] {
        &self.pages
    }
}

/// An end that comes too early is one of this page (from 1).
fn cut(error: io::Error, page: usize) -> RasterError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => RasterError::CutOff { page },
        _ => RasterError::Read(error),
    }
}
