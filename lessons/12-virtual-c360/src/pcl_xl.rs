//! Reads PCL XL, the page language that printers call PCL 6.
//!
//! Written from the *PCL XL Feature Reference, Protocol Class 2.0* (HP, 2000)
//! and its supplements 2.1 and 3.0, and from nothing else, so that a driver
//! which this reader understands has been understood by a stranger.
//!
//! A stream is a header line and then operators, each after the attributes
//! that it takes: `value`, `name of the attribute`, …, `operator`. Image data
//! follow their operator with a length before them. What is read here is what
//! raster drivers send: pages, images, and the state around them. Fonts and
//! paths are refused as a printer refuses what it does not know, with an
//! error that names the operator.

mod error;
mod image;
mod names;
mod session;
mod token;

#[cfg(test)]
mod tests;

pub use error::{Error, XlError};
pub use session::{Happening, Summary, read};

use crate::Page;

/// All pages of a stream that is held in memory.
///
/// # Errors
/// The first thing in it that a printer would stop at.
pub fn pages(stream: &[u8]) -> Result<Vec<Page>, Error> {
    let mut pages = Vec::new();
    let mut input = stream;
    read(&mut input, &mut |happening| {
        if let Happening::Page(page) = happening {
            pages.push(page);
        }
        Ok(())
    })?;
    Ok(pages)
}

/// The name of a paper of this size, either way round, within a millimetre.
pub(crate) fn paper_name(width_mm: f64, height_mm: f64) -> String {
    let near = |a: f64, b: f64| (a - b).abs() < 1.0;
    let paper = names::MEDIA.iter().find(|(_, _, width, height)| {
        near(width_mm, *width) && near(height_mm, *height)
            || near(height_mm, *width) && near(width_mm, *height)
    });
    match paper {
        Some((_, name, ..)) => (*name).into(),
        None => format!("{width_mm:.0}x{height_mm:.0} mm"),
    }
}
