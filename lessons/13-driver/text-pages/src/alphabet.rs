//! The alphabets of a text: its letters by script, so that each can be drawn
//! with a font that has them. In a PDF each is a font of its own.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish, Name, Pdf, Rect, Ref, Str};
use unicode_width::UnicodeWidthChar;

/// The most alphabets: the letters of further ones share the last.
const MOST: usize = 24;
/// The most letters of one, as codes have two bytes and 0 is none.
const MOST_LETTERS: usize = 65_535;
/// The font's name: one of the standard 14, whose letters are of one width.
const FONT: Name<'_> = Name(b"Courier");
/// How wide a letter is, in thousandths of its size.
pub(crate) const WIDTH: f32 = 600.0;
const SYSTEM: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The letters of a text, and their codes.
#[derive(Default)]
pub(crate) struct Alphabets {
    /// By script: which alphabet it is.
    scripts: BTreeMap<u32, usize>,
    letters: Vec<BTreeMap<char, u16>>,
}

impl Alphabets {
    /// The alphabet of a letter, and its code there. `None` when there are
    /// more letters than codes.
    pub fn code(&mut self, letter: char) -> Option<(usize, u16)> {
        let count = self.scripts.len();
        let alphabet = *self.scripts.entry(script(letter)).or_insert(count);
        let alphabet = alphabet.min(MOST - 1);
        if alphabet >= self.letters.len() {
            self.letters.resize_with(alphabet + 1, BTreeMap::new);
        }
        let letters = &mut self.letters[alphabet];
        if let Some(code) = letters.get(&letter) {
            return Some((alphabet, *code));
        }
        if letters.len() == MOST_LETTERS {
            return None;
        }
        let code = (letters.len() + 1) as u16;
        letters.insert(letter, code);
        Some((alphabet, code))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Writes the alphabets as fonts that are not in the document; `ids` are
    /// theirs, and those that are free for what belongs to them.
    pub fn write(&self, pdf: &mut Pdf, ids: &[Ref], free: &mut Ref) {
        for (letters, id) in self.letters.iter().zip(ids) {
            let [descendant, descriptor, table] =
                [free.bump(), free.bump(), free.bump()];
            pdf.type0_font(*id)
                .base_font(FONT)
                .encoding_predefined(Name(b"Identity-H"))
                .descendant_font(descendant)
                .to_unicode(table);
            let mut font = pdf.cid_font(descendant);
            font.subtype(CidFontType::Type2);
            font.base_font(FONT).system_info(SYSTEM);
            font.font_descriptor(descriptor).default_width(WIDTH);
            let mut widths = font.widths();
            for (letter, code) in letters {
                let columns = letter.width().unwrap_or(0);
                if columns != 1 {
                    let width = WIDTH * columns as f32;
                    widths.same(*code, *code, width);
                }
            }
            widths.finish();
            font.finish();
            pdf.font_descriptor(descriptor)
                .name(FONT)
                .flags(FontFlags::FIXED_PITCH | FontFlags::NON_SYMBOLIC)
                .bbox(Rect::new(0.0, -200.0, 1200.0, 900.0))
                .italic_angle(0.0)
                .ascent(800.0)
                .descent(-200.0)
                .cap_height(600.0)
                .stem_v(80.0);
            let mut map = UnicodeCmap::new(Name(b"Letters"), SYSTEM);
            for (letter, code) in letters {
                map.pair(*code, *letter);
            }
            pdf.cmap(table, &map.finish());
        }
    }
}

/// A number for the letters that are likely to be in one font with this one.
fn script(letter: char) -> u32 {
    match u32::from(letter) {
        // Latin, Greek, Cyrillic, and the signs among them.
        0..=0x052F | 0x1E00..=0x20CF => 0,
        // Chinese, Japanese and Korean.
        0x1100..=0x11FF
        | 0x2E80..=0x9FFF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFFEF
        | 0x20000..=0x3FFFF => 1,
        // Technical signs, boxes and shapes.
        0x2100..=0x2BFF => 2,
        number => 3 + number / 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_one_code_among_those_of_its_script() {
        let mut alphabets = Alphabets::default();
        assert_eq!(alphabets.code('a'), Some((0, 1)));
        assert_eq!(alphabets.code('日'), Some((1, 1)));
        assert_eq!(alphabets.code('ж'), Some((0, 2)));
        assert_eq!(alphabets.code('a'), Some((0, 1)));
        assert_eq!(alphabets.code('本'), Some((1, 2)));
    }

    #[test]
    fn a_text_in_every_script_has_a_bounded_number_of_alphabets() {
        let mut alphabets = Alphabets::default();
        let mut without = 0;
        for letter in '\u{20}'..=char::MAX {
            without += usize::from(alphabets.code(letter).is_none());
        }
        assert_eq!(alphabets.len(), MOST);
        assert!(without > 0);
    }
}
