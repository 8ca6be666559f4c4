//! PostScript Level 3: page images in bands, and what a printer is told of its
//! sheets.
//!
//! From Adobe's *PostScript Language Reference*, third edition (PLRM below),
//! and the *Document Structuring Conventions*, version 3.0. What is the C360's
//! own stands in the PPD of its sibling, the C550. None of the text comes from
//! a document or a person.
//!
//! ```
//! let mut text = Vec::new();
//! postscript::ascii85::encode(b"Taming", &mut text);
//! assert_eq!(text, b"<+0WXDJ&~>\n");
//! ```

pub mod ascii85;
mod band_writer;
mod writer;

pub use band_writer::BandWriter;
pub use writer::Writer;
