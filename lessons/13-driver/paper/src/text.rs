//! The text of form fields and comments: from letters to codes of fonts.
//!
//! A field names a font and a size in a line of operators (ISO 32000-2,
//! 12.7.4.3). Letters that this font has no code for are taken from Helvetica,
//! and those beyond it by their names, from whatever font has them.

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use hayro_font::hayro_cmap::BfString;
use hayro_font::{Font, FontCache, FontGlyph, GlyphId};
use hayro_interpret::InterpreterSettings;
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Dict, FromBytes};
use pdf_writer::{Content, Name, Str};

use crate::appearance::Color;

/// The most fonts that are loaded for one document.
const MOST_FONTS: usize = 64;
/// The most letters of one text that are looked at.
const LONGEST_TEXT: usize = 50_000;
/// The most letters that are taken by their names in one text: a font's codes
/// from 1 on.
const MOST_NAMED: usize = 255;
/// The most lines of a text.
const MOST_LINES: usize = 5_000;
/// The width of a letter that no font is known for, in thousandths of its
/// size.
const UNKNOWN_WIDTH: f64 = 556.0;
/// From this letter on, letters are as wide as they are high (CJK).
const FIRST_WIDE: char = '\u{1100}';

const HELVETICA: &str = "<< /Type /Font /Subtype /Type1 \
    /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
const HELVETICA_BOLD: &str = "<< /Type /Font /Subtype /Type1 \
    /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>";
const TIMES: &str = "<< /Type /Font /Subtype /Type1 \
    /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>";
const COURIER: &str = "<< /Type /Font /Subtype /Type1 \
    /BaseFont /Courier /Encoding /WinAnsiEncoding >>";
const DINGBATS: &str =
    "<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>";

/// How a text is set.
pub(crate) struct Style {
    /// The name of the font in the form's resources.
    pub font: Vec<u8>,
    /// In points; 0 when it has to fit.
    pub size: f64,
    pub color: Color,
}

impl Style {
    /// Reads the operators of a default appearance (`/DA`).
    pub fn read(operators: &[u8]) -> Style {
        let mut style = Style { font: Vec::new(), size: 0.0, color: vec![0.0] };
        let mut operators = TypedIter::new(operators);
        while let Some(operator) = operators.next() {
            use TypedInstruction as T;
            match operator {
                T::TextFont(font) => {
                    style.font = font.0.to_vec();
                    style.size = font.1.as_f64().abs().min(1000.0);
                }
                T::NonStrokeColorDeviceGray(c) => {
                    style.color = vec![c.0.as_f32()];
                }
                T::NonStrokeColorDeviceRgb(c) => {
                    style.color =
                        vec![c.0.as_f32(), c.1.as_f32(), c.2.as_f32()];
                }
                T::NonStrokeColorCmyk(c) => {
                    style.color =
                        [c.0, c.1, c.2, c.3].map(|c| c.as_f32()).into();
                }
                _ => {}
            }
        }
        style
    }
}

/// The fonts of a document's form.
pub(crate) struct Fonts<'a> {
    named: Dict<'a>,
    cache: FontCache<'a>,
    settings: InterpreterSettings,
    loaded: HashMap<Vec<u8>, Rc<Typeface>>,
}

/// A font, and the codes of its letters.
pub(crate) struct Typeface {
    /// What the resources say of it: a reference, or its dictionary.
    resource: Vec<u8>,
    codes: HashMap<char, Code>,
}

#[derive(Clone, Copy)]
struct Code {
    bytes: [u8; 2],
    length: usize,
    /// In thousandths of the size.
    width: f64,
}

impl<'a> Fonts<'a> {
    /// The fonts that a form's resources (`/DR`) name.
    pub fn new(named: Dict<'a>) -> Fonts<'a> {
        Fonts {
            named,
            cache: FontCache::new(),
            settings: InterpreterSettings::default(),
            loaded: HashMap::new(),
        }
    }

    /// Sets text in the font of this name, or in one like it.
    pub fn typesetter(&mut self, name: &[u8]) -> Typesetter {
        let own = self.form_font(name);
        let similar = self.standard_font(similar(name));
        let faces = own.into_iter().chain([similar]).collect();
        Typesetter { faces, named: Vec::new() }
    }

    /// Sets marks: the codes of ZapfDingbats, each as the letter that has its
    /// number.
    pub fn marks(&mut self) -> Typesetter {
        let faces = vec![self.standard_font(DINGBATS)];
        Typesetter { faces, named: Vec::new() }
    }

    fn form_font(&mut self, name: &[u8]) -> Option<Rc<Typeface>> {
        let dict: Dict<'a> = self.named.get(name)?;
        let resource = match self.named.get_ref(name) {
            Some(id) => id.to_string().into_bytes(),
            None => dict.data().to_vec(),
        };
        self.load(resource, &dict)
    }

    /// One of the fonts that every program has.
    fn standard_font(&mut self, resource: &'static str) -> Rc<Typeface> {
        let dict = Dict::from_bytes(resource.as_bytes());
        let dict = dict.expect("a dictionary of ours");
        self.load(resource.into(), &dict).unwrap_or_else(|| {
            let codes = HashMap::new();
            Rc::new(Typeface { resource: resource.into(), codes })
        })
    }

    fn load(
        &mut self,
        resource: Vec<u8>,
        dict: &Dict<'a>,
    ) -> Option<Rc<Typeface>> {
        if let Some(face) = self.loaded.get(&resource) {
            return Some(face.clone());
        }
        if self.loaded.len() >= MOST_FONTS {
            return None;
        }
        let settings = &self.settings;
        let font = self.cache.font(
            dict,
            &settings.font_resolver,
            &settings.cmap_resolver,
        )?;
        let marks = resource == DINGBATS.as_bytes();
        let codes = if marks { numbered(&font) } else { codes(&font) };
        let face = Rc::new(Typeface { resource: resource.clone(), codes });
        self.loaded.insert(resource, face.clone());
        Some(face)
    }
}

/// The standard font that is most like the one of this name, which may be a
/// form's own abbreviation, such as `HeBo`.
fn similar(name: &[u8]) -> &'static str {
    let name = String::from_utf8_lossy(name);
    if name.contains("Cour") {
        COURIER
    } else if name.contains("Ti") {
        TIMES
    } else if name.contains("Bo") {
        HELVETICA_BOLD
    } else {
        HELVETICA
    }
}

/// The codes of a font's letters.
fn codes(font: &Font<'_>) -> HashMap<char, Code> {
    let mut codes = HashMap::new();
    // Of fonts with long codes those with two bytes for each are understood.
    let two_bytes = [0x0001, 0x1234, 0xFFFE].map(|code: u16| {
        font.read_code(&code.to_be_bytes(), 0) == (code.into(), 2)
    });
    let two_bytes = two_bytes == [true; 3];
    let last = if two_bytes { u32::from(u16::MAX) } else { 255 };
    for code in 0..=last {
        let glyph = font.map_code(code);
        let letter = match font.glyph(glyph, code) {
            FontGlyph::Outline(outline) => outline.as_unicode(),
            FontGlyph::Type3(drawn) => drawn.as_unicode(),
        };
        let Some(BfString::Char(letter)) = letter else { continue };
        if glyph == GlyphId::NOTDEF && letter != ' ' {
            continue;
        }
        codes.entry(letter).or_insert_with(|| code_of(font, code, two_bytes));
    }
    codes
}

/// The codes of a font whose signs are known by their numbers.
fn numbered(font: &Font<'_>) -> HashMap<char, Code> {
    let codes = (33..=254)
        .map(|code: u8| (char::from(code), code_of(font, code.into(), false)));
    codes.collect()
}

fn code_of(font: &Font<'_>, code: u32, two_bytes: bool) -> Code {
    let (bytes, length) = match two_bytes {
        true => ((code as u16).to_be_bytes(), 2),
        false => ([code as u8, 0], 1),
    };
    let width = font.code_advance(code).x;
    let known = width.is_finite() && width > 0.0;
    Code { bytes, length, width: if known { width } else { UNKNOWN_WIDTH } }
}

/// Sets a text: knows how wide its letters are, and how they are shown.
pub(crate) struct Typesetter {
    faces: Vec<Rc<Typeface>>,
    /// The letters that no face has a code for.
    named: Vec<char>,
}

impl Typesetter {
    /// The width of a text in sizes of its font.
    pub fn width(&self, text: &str) -> f64 {
        text.chars().map(|letter| self.letter_width(letter)).sum()
    }

    pub fn letter_width(&self, letter: char) -> f64 {
        let code = self.faces.iter().find_map(|it| it.codes.get(&letter));
        code.map_or(named_width(letter), |code| code.width) / 1000.0
    }

    /// Shows a line of text, from this point on.
    pub fn show(
        &mut self,
        content: &mut Content,
        text: &str,
        size: f64,
        (x, y): (f64, f64),
    ) {
        content.begin_text();
        content.next_line(x as f32, y as f32);
        let (mut run, mut font) = (Vec::new(), None);
        for letter in text.chars() {
            let Some((face, code)) = self.code(letter) else { continue };
            if font != Some(face) {
                show_run(content, &mut run);
                let name = format!("F{face}");
                content.set_font(Name(name.as_bytes()), size as f32);
                font = Some(face);
            }
            run.extend_from_slice(&code.bytes[..code.length]);
        }
        show_run(content, &mut run);
        content.end_text();
    }

    /// The face of a letter, and its code there.
    fn code(&mut self, letter: char) -> Option<(usize, Code)> {
        for (place, face) in self.faces.iter().enumerate() {
            if let Some(code) = face.codes.get(&letter) {
                return Some((place, *code));
            }
        }
        let known = self.named.iter().position(|named| *named == letter);
        let place = known.unwrap_or(self.named.len());
        if place == MOST_NAMED {
            return None;
        }
        if known.is_none() {
            self.named.push(letter);
        }
        let bytes = [place as u8 + 1, 0];
        let code = Code { bytes, length: 1, width: named_width(letter) };
        Some((self.faces.len(), code))
    }

    /// The fonts that are needed: their names, and what the resources say of
    /// them.
    pub fn fonts(&self) -> Vec<(String, Vec<u8>)> {
        let faces = self.faces.iter().map(|face| face.resource.clone());
        let named = (!self.named.is_empty()).then(|| self.named_font());
        let all = (0..).zip(faces.chain(named));
        all.map(|(place, font)| (format!("F{place}"), font)).collect()
    }

    /// A font that has letters by their names, and leaves it to the renderer
    /// where to find them.
    fn named_font(&self) -> Vec<u8> {
        let (mut widths, mut names) = (String::new(), String::new());
        for letter in &self.named {
            let _ = write!(widths, "{} ", named_width(*letter));
            let number = u32::from(*letter);
            let prefix = if number > 0xFFFF { "u" } else { "uni" };
            let _ = write!(names, "/{prefix}{number:04X} ");
        }
        let last = self.named.len();
        let font = format!(
            "<< /Type /Font /Subtype /TrueType /BaseFont /Helvetica \
             /FirstChar 1 /LastChar {last} /Widths [{widths}] \
             /Encoding << /Type /Encoding /Differences [1 {names}] >> >>"
        );
        font.into_bytes()
    }

    /// Breaks a text into lines that are no wider than this, in sizes of the
    /// font: at blanks, and within words that are too long.
    pub fn lines(&self, text: &str, width: f64) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in paragraphs(text) {
            let (mut line, mut used) = (String::new(), 0.0);
            for word in paragraph.split_inclusive(' ') {
                let wide = self.width(word.trim_end());
                if used + wide > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                for letter in word.chars() {
                    let wide = self.letter_width(letter);
                    if used + wide > width && !line.is_empty() && letter != ' '
                    {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(letter);
                    used += wide;
                }
            }
            lines.push(line);
        }
        lines
    }
}

fn show_run(content: &mut Content, run: &mut Vec<u8>) {
    if !run.is_empty() {
        content.show(Str(run));
        run.clear();
    }
}

/// How wide a letter is made that no font is known for: about as wide as
/// Helvetica's are.
fn named_width(letter: char) -> f64 {
    if letter >= FIRST_WIDE {
        1000.0
    } else if letter.is_uppercase() {
        700.0
    } else {
        UNKNOWN_WIDTH
    }
}

/// The paragraphs of a text: a new line may be CR, LF or both.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    lines.take(MOST_LINES)
}

/// What a text string says (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 with its
/// mark, or PDFDocEncoding.
pub(crate) fn text(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks().0.iter().map(|pair| read(*pair));
        char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .take(LONGEST_TEXT)
            .collect()
    };
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            String::from_utf8_lossy(rest).chars().take(LONGEST_TEXT).collect()
        }
        _ => {
            bytes.iter().take(LONGEST_TEXT).map(|byte| pdf_doc(*byte)).collect()
        }
    }
}

/// A letter of PDFDocEncoding (ISO 32000-2, D.3).
fn pdf_doc(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const SIGNS: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“',
        '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł',
        'œ', 'š', 'ž', '\u{FFFD}', '€',
    ];
    match byte {
        0x18..=0x1F => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0xA0 => SIGNS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
