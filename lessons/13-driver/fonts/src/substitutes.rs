//! The substitutes: what is drawn instead of each font that a document names
//! and does not hold.
//!
//! A font that is not in a document, or is damaged there, has to be drawn in
//! another, letter by letter and never glyph by glyph: glyph 36 is an A in one
//! font and anything in the next. So each such font is written anew, as a
//! composite font whose codes lead to Unicode and nowhere else, and bears a
//! name by which the renderer asks for the face that was chosen.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro_font::hayro_cmap;
use hayro_font::{
    CMapResolverFn, FontCache, FontGlyph, FontResolverFn, GlyphId,
};
use hayro_syntax::Pdf;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{
    Array, Dict, Name, ObjRef, Object, ObjectIdentifier, Stream,
};
use paper::Update;

use crate::face::Face;
use crate::glyph_order::letter_of_glyph;
use crate::letters::is_visible;
use crate::machine::{Machine, family_key};
use crate::sound::{Soundness, soundness};
use crate::style::Style;
use crate::symbols::signs;
use crate::tables::{
    Letters, collection, encoding, is_identity, letters_of, single, table,
    to_unicode,
};
use crate::used::UsedFonts;
use crate::{Remark, inline, program, standard_face};

/// How the fonts are called that are written anew.
const NAME: &str = "Driver-Substitute-";
/// The most fonts of a document that are written anew.
const MOST: usize = 4_096;
/// Under which keys a description has the font's file.
const FILES: [&[u8]; 3] = [keys::FONT_FILE2, keys::FONT_FILE3, keys::FONT_FILE];
/// The largest file of a font that is looked at, in bytes as it is stored.
/// Programs that embed larger ones are not those that damage them.
const LARGEST_CHECKED: usize = 1 << 20;
/// How wide a sign is whose font does not say it, in thousandths of its size.
const WIDTH_OF_SIGNS: u32 = 900;
/// Families whose letters are as wide as those of the fonts in the program.
const AS_WIDE_AS_OURS: [&str; 9] = [
    "helvetica",
    "arial",
    "times",
    "timesroman",
    "timesnewroman",
    "courier",
    "couriernew",
    "symbol",
    "zapfdingbats",
];

/// What is drawn instead of the fonts that are not in a document.
#[derive(Default)]
pub struct Substitutes(Vec<Substitute>);

/// What is drawn instead of one font.
pub(crate) struct Substitute {
    /// The font's own name.
    pub name: String,
    /// Its text is drawn with this.
    pub face: Face,
}

impl Substitutes {
    /// The substitute that the renderer calls by this name.
    pub(crate) fn called(&self, name: &str) -> Option<&Substitute> {
        self.0.get(name.strip_prefix(NAME)?.parse::<usize>().ok()?)
    }
}

/// Writes every font of a document anew that has to be drawn in another, and
/// tells where the other looks different or text may be wrong. The pages stay
/// what they are, in their order.
pub fn prepare(pdf: Pdf, tell: &mut dyn FnMut(Remark)) -> (Pdf, Substitutes) {
    let used = UsedFonts::of(&pdf);
    if used.inline.is_empty() {
        let (list, update) = substitute(&pdf, used, tell);
        return applied(pdf, update, list, tell);
    }
    // Few documents have such fonts, and only they are looked through again.
    let objects = inline::as_objects(&pdf, &used.inline);
    drop(used);
    let pdf = objects.apply(pdf).unwrap_or_else(|pdf| pdf);
    let (list, update) = substitute(&pdf, UsedFonts::of(&pdf), tell);
    applied(pdf, update, list, tell)
}

/// The substitutes for these fonts, and what makes a document use them.
fn substitute(
    pdf: &Pdf,
    used: UsedFonts<'_>,
    tell: &mut dyn FnMut(Remark),
) -> (Vec<Substitute>, Update) {
    let mut search = Search {
        list: Vec::new(),
        update: Update::new(pdf),
        tell,
        nothing: None,
        bytes_to_codes: None,
    };
    for (id, dict) in used.objects {
        if search.list.len() < MOST && !search.update.is_full() {
            search.look_at(id.into(), &dict);
        }
    }
    for dict in used.inline {
        search.doubt(&dict);
    }
    (search.list, search.update)
}

fn applied(
    pdf: Pdf,
    update: Update,
    list: Vec<Substitute>,
    tell: &mut dyn FnMut(Remark),
) -> (Pdf, Substitutes) {
    let pdf = update.apply(pdf).unwrap_or_else(|pdf| {
        let text = "the document is damaged: text in fonts that it does not \
                    hold may be wrong";
        tell(Remark { loss: true, text: text.to_owned() });
        pdf
    });
    (pdf, Substitutes(list))
}

struct Search<'f> {
    list: Vec<Substitute>,
    update: Update,
    tell: &'f mut dyn FnMut(Remark),
    /// A map from codes to glyphs that has none.
    nothing: Option<ObjRef>,
    /// An encoding in which each byte is a code.
    bytes_to_codes: Option<ObjRef>,
}

impl Search<'_> {
    fn look_at(&mut self, id: ObjectIdentifier, dict: &Dict<'_>) -> Option<()> {
        let kind = dict.get::<Name<'_>>(keys::SUBTYPE)?;
        let name = dict.get::<Name<'_>>(keys::BASE_FONT)?.as_str().to_owned();
        match &*kind {
            b"Type1" | b"MMType1" | b"TrueType" => self.simple(dict, id, &name),
            b"Type0" => self.composite(dict, id, &name),
            _ => None,
        }
    }

    /// Tells of a font that cannot be written anew, and ought to be.
    fn doubt(&mut self, dict: &Dict<'_>) -> Option<()> {
        let name = dict.get::<Name<'_>>(keys::BASE_FONT)?.as_str().to_owned();
        let plain = plain_name(&name);
        let is_ours = AS_WIDE_AS_OURS.contains(&family_key(plain).as_str());
        if is_ours && is_plain(dict) || !Opened::new(dict)?.asked_for_another {
            return None;
        }
        let text = format!(
            "the font {plain} is not in the document: text in it may be wrong"
        );
        (self.tell)(Remark { loss: true, text });
        Some(())
    }

    /// A font whose codes are bytes.
    fn simple(
        &mut self,
        dict: &Dict<'_>,
        id: ObjectIdentifier,
        name: &str,
    ) -> Option<()> {
        let descriptor = dict.get::<Dict<'_>>(keys::FONT_DESC);
        let is_embedded = descriptor.as_ref().is_some_and(has_file);
        if is_embedded && self.is_well(dict) {
            return None;
        }
        let plain = plain_name(name);
        let family = family_key(plain);
        let is_ours = AS_WIDE_AS_OURS.contains(&family.as_str());
        let is_of_signs = ["symbol", "zapfdingbats"].contains(&&*family);
        if is_ours && !is_embedded && (is_of_signs || is_plain(dict)) {
            // Nearly every document has some of these, and the renderer has
            // what they need.
            return None;
        }
        let font = Opened::new(dict)?;
        if !font.asked_for_another {
            return None;
        }
        let signs = signs(&family);

        // What the renderer would draw by itself, and what it would not.
        let (mut letters, mut widths) = (Letters::new(), BTreeMap::new());
        let has_widths = dict.contains_key(keys::WIDTHS);
        let mut is_complete = true;
        for code in 0..=u32::from(u8::MAX) {
            let glyph = font.font.map_code(code);
            let FontGlyph::Outline(outline) = font.font.glyph(glyph, code)
            else {
                return None;
            };
            let width = font.font.code_advance(code).x;
            // A sign has not the width of the letter of its code.
            if width > 0.0 && (signs.is_none() || has_widths) {
                widths.insert(code, width);
            }
            let letter = match signs {
                Some(signs) => {
                    let sign = signs.iter().find(|(of, _)| *of == code);
                    sign.map(|(_, sign)| *sign)
                }
                None => outline.as_unicode().and_then(single),
            };
            let Some(letter) = letter else { continue };
            letters.insert(code, letter);
            is_complete &= glyph != GlyphId::NOTDEF || !is_visible(letter);
        }
        let style = style(plain, descriptor.as_ref());
        let named = (!is_ours && signs.is_none())
            .then(|| Machine::get().by_name(plain, style))
            .flatten();
        let may_stay = is_complete && signs.is_none() && !is_embedded;
        if may_stay && named.is_none() {
            if !is_ours {
                self.note(plain, is_embedded, "a font of the program");
            }
            return None;
        }
        let face = choose(named, &letters, &[], style);
        if is_embedded && !tells_letters(dict) {
            (self.tell)(Remark {
                loss: true,
                text: format!(
                    "the font {plain} is damaged, and the document does not \
                     say which letters it has: its text may be wrong"
                ),
            });
        } else if !is_ours || is_embedded {
            self.note(plain, is_embedded, &face.name);
        }

        let new_name = self.add(plain, face);
        let encoding = self.bytes_to_codes();
        let nothing = self.nothing();
        let to_unicode = self.stream(&to_unicode(&letters));
        let default_width = if signs.is_some() { WIDTH_OF_SIGNS } else { 0 };
        let mut list = String::new();
        for (code, width) in widths {
            let _ = write!(list, " {code} [{width:.2}]");
        }
        let descendant = self.update.add(format!(
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{new_name} \
             /DW {default_width} /W [{list} ] /CIDToGIDMap {} >>",
            nothing
        ));
        let new = format!(
            "<< /Type /Font /Subtype /Type0 /BaseFont /{new_name} /Encoding \
             {} /DescendantFonts [{}] /ToUnicode {} >>",
            encoding, descendant, to_unicode
        );
        self.update.replace(id, new);
        Some(())
    }

    /// A font whose codes may have several bytes.
    fn composite(
        &mut self,
        dict: &Dict<'_>,
        id: ObjectIdentifier,
        name: &str,
    ) -> Option<()> {
        let descendants = dict.get::<Array<'_>>(keys::DESCENDANT_FONTS)?;
        let descendant = descendants.iter::<Dict<'_>>().next()?;
        let descriptor = descendant.get::<Dict<'_>>(keys::FONT_DESC);
        let is_embedded = descriptor.as_ref().is_some_and(has_file);
        if is_embedded && self.is_well(&descendant) {
            return None;
        }
        if !Opened::new(dict)?.asked_for_another {
            return None;
        }
        let plain = plain_name(name);
        let style = style(plain, descriptor.as_ref());
        let encoding = encoding(dict);
        let collection = collection(encoding.as_ref(), &descendant);

        // Which letters the codes are: by the collection, by the document's
        // own table, or by the order that the glyphs of a known font have.
        let mut letters = Letters::new();
        let (mut by_collection, mut regions) = (false, &[] as &[&str]);
        let mut by_order = false;
        if let Some((sample, names)) = collection {
            letters = (0..).zip(sample.chars()).collect();
            (by_collection, regions) = (true, names);
        } else if let Some(table) = table(dict) {
            letters = letters_of(&table);
        } else if is_identity(dict) {
            let family = family_key(plain);
            letters = (0..=u16::MAX.into())
                .filter_map(|glyph| {
                    Some((glyph, letter_of_glyph(&family, glyph)?))
                })
                .collect();
            by_order = !letters.is_empty();
        }
        let has_letters = !letters.is_empty();
        if by_order {
            (self.tell)(Remark {
                loss: false,
                text: format!(
                    "the document does not say which letters its text in the \
                     font {plain} has: they are told by the order that glyphs \
                     have in that font"
                ),
            });
        }
        let is_ours = AS_WIDE_AS_OURS.contains(&family_key(plain).as_str());
        let named = (!is_ours).then(|| Machine::get().by_name(plain, style));
        let face = choose(named.flatten(), &letters, regions, style);
        if has_letters && (!is_ours || is_embedded) {
            self.note(plain, is_embedded, &face.name);
        }

        let new_name = self.add(plain, face);
        let nothing = self.nothing();
        let descendant = self.update.add(with_entries(
            &descendant,
            &format!("/FontDescriptor null /CIDToGIDMap {nothing}"),
        ));
        // The renderer knows the collections.
        let to_unicode = match by_collection {
            true => "null".to_owned(),
            false => self.stream(&to_unicode(&letters)).to_string(),
        };
        let new = with_entries(
            dict,
            &format!(
                "/BaseFont /{new_name} /DescendantFonts [{}] /ToUnicode \
                 {to_unicode}",
                descendant
            ),
        );
        self.update.replace(id, new);
        Some(())
    }

    /// Whether a font's file can be read, or could be mended.
    fn is_well(&mut self, font: &Dict<'_>) -> bool {
        let Some(descriptor) = font.get::<Dict<'_>>(keys::FONT_DESC) else {
            return true;
        };
        let key = FILES.into_iter().find(|key| descriptor.contains_key(key));
        let file =
            key.and_then(|key| Some((key, descriptor.get::<Stream<'_>>(key)?)));
        let Some((key, stream)) = file else { return false };
        let length = stream.dict().get::<usize>(keys::LENGTH);
        if length.is_some_and(|length| length > LARGEST_CHECKED) {
            return true;
        }
        let Ok(bytes) = stream.decoded_data() else { return false };
        match soundness(&bytes) {
            Soundness::Sound => true,
            Soundness::Doubtful => false,
            Soundness::Mended(new) => {
                let Some(id) = font.get_ref(keys::FONT_DESC) else {
                    return true;
                };
                let new = self.update.add_stream(b"", &new);
                let key = String::from_utf8_lossy(key);
                let new = with_entries(&descriptor, &format!("/{key} {new}"));
                self.update.replace(id.into(), new);
                true
            }
        }
    }

    /// Adds a substitute; returns the name by which it will be asked for.
    fn add(&mut self, name: &str, face: Face) -> String {
        self.list.push(Substitute { name: name.to_owned(), face });
        format!("{NAME}{}", self.list.len() - 1)
    }

    fn note(&mut self, name: &str, is_embedded: bool, other: &str) {
        let what = if is_embedded { "damaged" } else { "not in the document" };
        let text =
            format!("the font {name} is {what}: {other} is printed instead");
        (self.tell)(Remark { loss: false, text });
    }

    fn nothing(&mut self) -> ObjRef {
        if let Some(id) = self.nothing {
            return id;
        }
        *self.nothing.insert(self.update.add_stream(b"", b""))
    }

    fn bytes_to_codes(&mut self) -> ObjRef {
        if let Some(id) = self.bytes_to_codes {
            return id;
        }
        let map = "begincmap 1 begincodespacerange <00> <FF> \
                   endcodespacerange 1 begincidrange <00> <FF> 0 endcidrange \
                   endcmap";
        *self.bytes_to_codes.insert(self.update.add_stream(b"", map.as_bytes()))
    }

    fn stream(&mut self, text: &str) -> ObjRef {
        self.update.add_stream(b"", text.as_bytes())
    }
}

/// A font as the renderer opens it.
struct Opened<'a> {
    font: hayro_font::Font<'a>,
    /// Whether it had to ask for another than the one in the document.
    asked_for_another: bool,
}

impl<'a> Opened<'a> {
    fn new(dict: &Dict<'a>) -> Option<Opened<'a>> {
        let asked = Arc::new(AtomicBool::new(false));
        let is_asked = asked.clone();
        let fonts: FontResolverFn = Arc::new(move |query| {
            is_asked.store(true, Ordering::Relaxed);
            Some(standard_face(query))
        });
        let maps: CMapResolverFn = Arc::new(hayro_cmap::load_embedded);
        let font = FontCache::new().font(dict, &fonts, &maps)?;
        let asked_for_another = asked.load(Ordering::Relaxed);
        Some(Opened { font, asked_for_another })
    }
}

// ANCHOR: choose
/// The face for a text of these letters: the one of the font's own name, the
/// one in the program, or any of the machine; the first that has all letters,
/// or has the most.
fn choose(
    named: Option<Face>,
    letters: &Letters,
    regions: &[&str],
    style: Style,
) -> Face {
    let mut wanted: Vec<char> =
        letters.values().copied().filter(|c| is_visible(*c)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let ours = program::face(style);
    let mut best: Option<(usize, Face)> = None;
    let mut consider = |face: Face| {
        let missing = face.without_shape(wanted.iter().copied()).len();
        if best.as_ref().is_none_or(|(fewest, _)| missing < *fewest) {
            best = Some((missing, face));
        }
        missing == 0
    };
    let found = named.is_some_and(&mut consider) || consider(ours.clone());
    if !found {
        let machine = Machine::get();
        if let Some(face) = machine.by_letters(&wanted, regions, style) {
            consider(face);
        }
    }
    best.map_or(ours, |(_, face)| face)
}
// ANCHOR_END: choose

/// A name without the mark of a subset (ISO 32000-2, 9.9.2): `ABCDEF+Arial`.
fn plain_name(name: &str) -> &str {
    match name.split_once('+') {
        Some((mark, rest)) if mark.len() == 6 => rest,
        _ => name,
    }
}

fn style(name: &str, descriptor: Option<&Dict<'_>>) -> Style {
    let flags = descriptor.and_then(|dict| dict.get::<u32>(keys::FLAGS));
    Style::of(name, flags.unwrap_or(0))
}

fn has_file(descriptor: &Dict<'_>) -> bool {
    FILES.iter().any(|key| descriptor.contains_key(key))
}

/// Whether a font says which letters its codes are.
fn tells_letters(dict: &Dict<'_>) -> bool {
    dict.contains_key(keys::ENCODING) || dict.contains_key(keys::TO_UNICODE)
}

/// Whether the codes of a font are those of western Europe, which the
/// renderer's own fonts have.
fn is_plain(dict: &Dict<'_>) -> bool {
    match dict.get::<Object<'_>>(keys::ENCODING) {
        None => true,
        Some(Object::Name(name)) => {
            [keys::WIN_ANSI_ENCODING, keys::STANDARD_ENCODING].contains(&&*name)
        }
        Some(_) => false,
    }
}

/// A dictionary with more entries: what comes last counts.
fn with_entries(dict: &Dict<'_>, entries: &str) -> Vec<u8> {
    let bytes = dict.data();
    let mut new = bytes.strip_suffix(b">>").unwrap_or(bytes).to_vec();
    new.extend_from_slice(format!(" {entries} >>").as_bytes());
    new
}

#[cfg(test)]
mod tests {
    use hayro_syntax::object::FromBytes;

    use super::*;

    #[test]
    fn the_renderers_fonts_have_the_letters_of_western_europe() {
        let mut missing = Vec::new();
        for name in ["Helvetica", "Times-BoldItalic", "Courier"] {
            for encoding in ["WinAnsiEncoding", "StandardEncoding"] {
                let dict = format!(
                    "<< /Type /Font /Subtype /Type1 /BaseFont /{name} \
                     /Encoding /{encoding} >>"
                );
                let dict: Dict<'_> =
                    Dict::from_bytes(dict.as_bytes()).expect("a dictionary");
                assert!(is_plain(&dict));
                let font = Opened::new(&dict).expect("a standard font").font;
                for code in 0..=255 {
                    let glyph = font.map_code(code);
                    let FontGlyph::Outline(outline) = font.glyph(glyph, code)
                    else {
                        panic!("it has outlines");
                    };
                    let letter = outline.as_unicode().and_then(single);
                    if glyph == GlyphId::NOTDEF
                        && letter.is_some_and(is_visible)
                    {
                        missing.push((name, code, letter));
                    }
                }
            }
        }
        assert_eq!(missing, []);
    }
}
