//! Plain text in pages: a text in UTF-8 becomes a PDF, in memory, in a font
//! whose letters are all of one width, with [`COLUMNS`] letters to a line and
//! [`LINES`] lines to a page of A4. A form feed begins a new page.
//!
//! No font is in that PDF. Each letter is drawn with a font of the driver's or
//! of the machine; one that no font has is found when the PDF is checked.
//!
//! ```
//! let mut findings = findings::Findings::default();
//! let text = "Dear printer,\nplease.\n\x0cThank you.\n";
//! let pdf = text_pages::to_pdf(text.as_bytes(), &mut findings);
//! assert!(pdf.expect("it is short").starts_with(b"%PDF-"));
//! assert!(findings.is_empty());
//! ```

mod alphabet;
mod document;
mod lines;
mod pages;
mod sign;

pub use lines::{COLUMNS, LINES};
pub use pages::to_pdf;
pub use sign::{SignLine, sign};

/// The largest text that is set, in bytes: some ten thousand pages.
pub const LONGEST: usize = 32 << 20;

/// The text is longer than [`LONGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;
