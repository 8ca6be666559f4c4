//! The format of a document: told by its bytes, never by its name or by what
//! a client says of it.
//!
//! ```
//! use formats::Format;
//!
//! assert_eq!(Format::of(b"%PDF-1.7 ..."), Ok(Format::Pdf));
//! assert_eq!(Format::of(b"GIF89a..."), Err("a GIF picture"));
//! ```

mod format;
mod office;
mod text;

pub use format::{Format, LOOKED_AT};
pub use office::ending;
