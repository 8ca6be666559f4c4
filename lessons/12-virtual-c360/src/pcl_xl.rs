//! Reads PCL XL, the page language that printers call PCL 6.
//!
//! Written from the *PCL XL Feature Reference, Protocol Class 2.0* (HP, 2000)
//! and its supplements 2.1 and 3.0 alone, and not from our driver: what this
//! reader understands has been understood by a stranger.
//!
//! A stream is a header line and then operators, each after the attributes
//! that it takes: `value`, `name of the attribute`, …, `operator`. Image data
//! follow their operator, with a length before them. This reader knows what
//! raster drivers send: pages, images, and the state around them. Fonts and
//! paths it refuses as a printer refuses what it does not know, with an error
//! that names the operator.
//!
//! `token` cuts the stream into tokens, `operation` collects an operator with
//! its attributes, and `session` executes it, on a page, an image and a
//! graphics state.

mod error;
mod graphics_state;
mod image;
mod names;
mod operation;
mod packing;
mod page_setup;
mod session;
mod stream;
mod token;

#[cfg(test)]
mod tests;

pub use error::{Error, XlError};
pub use session::Event;
pub use stream::{Summary, read};

use crate::page::Page;

/// All pages of a stream that is held in memory.
///
/// # Errors
/// The first thing in it at which a printer would stop.
pub fn pages(stream: &[u8]) -> Result<Vec<Page>, Error> {
    let mut pages = Vec::new();
    let mut input = stream;
    read(&mut input, &mut |event| {
        if let Event::Page(page) = event {
            pages.push(page);
        }
        Ok(())
    })?;
    Ok(pages)
}
