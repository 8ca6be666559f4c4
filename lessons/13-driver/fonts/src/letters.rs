//! The letters of a text: which of them have no shape.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use hayro_font::hayro_cmap::BfString;
use hayro_interpret::font::{Glyph, GlyphId, GlyphRun};

use crate::Remark;
use crate::substitutes::Substitutes;

/// The most letters of a font that a finding shows.
const MOST_SHOWN: usize = 12;

/// Letters without a shape, gathered page by page.
pub struct MissingLetters<'s> {
    substitutes: &'s Substitutes,
    /// What the page in hand has, by the font's name.
    on_page: BTreeMap<&'s str, BTreeSet<String>>,
    /// What was said of each font: later pages say the same.
    said: BTreeMap<&'s str, String>,
}

impl<'s> MissingLetters<'s> {
    /// None so far, of a document with these substitutes.
    pub fn of(substitutes: &'s Substitutes) -> MissingLetters<'s> {
        MissingLetters {
            substitutes,
            on_page: BTreeMap::new(),
            said: BTreeMap::new(),
        }
    }

    /// Looks at a text that is shown.
    pub fn look_at(&mut self, run: &GlyphRun<'_, '_>) {
        for glyph in run.glyphs() {
            let Glyph::Outline(glyph) = &**glyph else { continue };
            if glyph.glyph_id() != GlyphId::NOTDEF {
                continue;
            }
            let name = glyph.font_data().and_then(|font| font.postscript_name);
            let substitute =
                name.and_then(|name| self.substitutes.called(&name));
            let Some(substitute) = substitute else { continue };
            let letter = match glyph.as_unicode() {
                Some(BfString::Char(letter)) => letter.to_string(),
                Some(BfString::String(letters)) => letters,
                None => String::new(),
            };
            if !letter.is_empty() && !letter.chars().any(is_visible) {
                continue;
            }
            let letters = self.on_page.entry(&substitute.name).or_default();
            if letters.len() <= MOST_SHOWN {
                letters.insert(letter);
            }
        }
    }

    /// Tells what was found since the last call.
    pub fn report(&mut self, tell: &mut dyn FnMut(Remark)) {
        for (font, letters) in mem::take(&mut self.on_page) {
            let text =
                self.said.entry(font).or_insert_with(|| text(font, &letters));
            tell(Remark { loss: true, text: text.clone() });
        }
    }
}

/// What is said of letters of a font that are missing; empty is a letter that
/// is not known.
fn text(font: &str, letters: &BTreeSet<String>) -> String {
    let known: Vec<&str> = letters
        .iter()
        .map(String::as_str)
        .filter(|letter| !letter.is_empty())
        .collect();
    if known.is_empty() {
        return format!(
            "text in the font {font} is missing: the document has neither the \
             font nor a table of its letters; make the PDF again with its \
             fonts embedded"
        );
    }
    let shown: String = known.iter().take(MOST_SHOWN).copied().collect();
    let more = if known.len() > MOST_SHOWN { "…" } else { "" };
    let package = package(&shown);
    format!(
        "letters of the font {font}, such as {shown}{more}, have no shape in \
         any font here; install a font that has them{package}"
    )
}

/// A package of Debian with fonts for such letters.
fn package(letters: &str) -> &'static str {
    let is_east_asian = |c: char| {
        matches!(u32::from(c),
            0x1100..=0x11FF | 0x2E80..=0x9FFF | 0xA960..=0xA97F
            | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFE30..=0xFE4F
            | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF)
    };
    let is_private = |c: char| matches!(u32::from(c), 0xE000..=0xF8FF);
    if letters.chars().any(is_east_asian) {
        ", such as the package fonts-noto-cjk"
    } else if letters.chars().all(is_private) {
        ""
    } else {
        ", such as the package fonts-noto-core"
    }
}

/// Whether a letter leaves a trace on paper.
pub(crate) fn is_visible(letter: char) -> bool {
    let leaves_none = matches!(u32::from(letter),
        0xAD | 0x200B..=0x200F | 0x2028..=0x202F | 0x2060..=0x206F | 0xFEFF
        | 0xFE00..=0xFE0F);
    !letter.is_whitespace() && !letter.is_control() && !leaves_none
}

/// The one sign for letters that are joined.
pub(crate) fn ligature(letters: &str) -> Option<char> {
    Some(match letters {
        "ff" => '\u{FB00}',
        "fi" => '\u{FB01}',
        "fl" => '\u{FB02}',
        "ffi" => '\u{FB03}',
        "ffl" => '\u{FB04}',
        "st" => '\u{FB06}',
        // A letter that is followed by what leaves no trace is that letter.
        _ => {
            let mut letters = letters.chars().filter(|c| is_visible(*c));
            match (letters.next(), letters.next()) {
                (Some(letter), None) => letter,
                _ => return None,
            }
        }
    })
}
