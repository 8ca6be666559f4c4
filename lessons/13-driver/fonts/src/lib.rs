//! The fonts for what a document leaves to its reader's: the standard 14, and
//! every font that it names and does not hold.
//!
//! The renderer brings fonts along for the standard 14. Where those lack a
//! letter, Latin, Greek and Cyrillic are drawn with fonts that are in this
//! program, so they look the same everywhere; fonts of other names and other
//! scripts come from the machine. A letter that no font has is found before
//! printing.
//!
//! ```no_run
//! use hayro_syntax::Pdf;
//!
//! let bytes = std::fs::read("report.pdf").expect("it can be read");
//! let report = Pdf::new(bytes).expect("it is a PDF");
//! let (report, substitutes) =
//!     fonts::prepare(report, &mut |remark| println!("{}", remark.text));
//! let settings = hayro_interpret::InterpreterSettings {
//!     font_resolver: fonts::resolver(&substitutes.into()),
//!     ..Default::default()
//! };
//! # drop((report, settings));
//! ```

mod face;
mod folders;
mod glyph_order;
mod inline;
mod letters;
mod machine;
mod program;
mod sound;
mod style;
mod substitutes;
mod symbols;
mod tables;
mod used;

pub use folders::{font_folders, set_font_folders};
pub use letters::MissingLetters;
pub use substitutes::{Substitutes, prepare};

use std::sync::Arc;

use hayro_font::FontResolverFn;
use hayro_interpret::font::{FontData, FontQuery};
use style::Style;

/// Something about the letters of a document, in a sentence.
pub struct Remark {
    /// Whether text is lost, or may be wrong.
    pub loss: bool,
    /// The sentence.
    pub text: String,
}

/// What the interpreter of pages asks for a font.
pub fn resolver(substitutes: &Arc<Substitutes>) -> FontResolverFn {
    let substitutes = substitutes.clone();
    Arc::new(move |query| {
        let name = match query {
            FontQuery::Fallback(query) => query.post_script_name.as_deref(),
            FontQuery::Standard(_) => None,
        };
        Some(match name.and_then(|name| substitutes.called(name)) {
            Some(substitute) => {
                (substitute.face.data.clone(), substitute.face.index)
            }
            None => standard_face(query),
        })
    })
}

/// A font that is always here: the renderer's own for the standard 14, which
/// have little more than English, or one in the program.
fn standard_face(query: &FontQuery) -> (FontData, u32) {
    match query {
        FontQuery::Standard(font) => font.get_font_data(),
        FontQuery::Fallback(query) => {
            let name = query.post_script_name.as_deref().unwrap_or("");
            let face = program::face(Style::of(name, 0));
            (face.data, face.index)
        }
    }
}
