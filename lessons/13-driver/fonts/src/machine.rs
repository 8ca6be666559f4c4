//! The fonts of the machine, by name and by what they have letters for.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fontdb::{Database, FaceInfo, Source};
use hayro_interpret::font::FontData;

use crate::face::{Face, without_shape};
use crate::folders::font_folders;
use crate::style::{Family, Style};

/// Words at the end of a font's name that tell a style and not a family.
const STYLE_WORDS: [&str; 9] = [
    "regular", "bold", "italic", "oblique", "book", "normal", "psmt", "mt",
    "ps",
];
/// Families that are as wide as others, letter by letter.
const AS_WIDE_AS: [(&str, &str); 12] = [
    ("calibri", "carlito"),
    ("cambria", "caladea"),
    ("georgia", "gelasio"),
    ("verdana", "dejavusans"),
    ("arialnarrow", "liberationsansnarrow"),
    ("helveticanarrow", "nimbussansnarrow"),
    ("palatino", "p052"),
    ("palatinolinotype", "p052"),
    ("bookantiqua", "p052"),
    ("newcenturyschlbk", "c059"),
    ("avantgarde", "urwgothic"),
    ("bookman", "urwbookman"),
];

/// The fonts of the machine.
pub(crate) struct Machine {
    database: Database,
    files: Mutex<HashMap<PathBuf, FontData>>,
}

impl Machine {
    /// Those in the folders of this process. The first call reads the names
    /// of all of them, which takes some milliseconds.
    pub fn get() -> &'static Machine {
        static MACHINE: OnceLock<Machine> = OnceLock::new();
        MACHINE.get_or_init(|| {
            let mut database = Database::new();
            for folder in font_folders() {
                database.load_fonts_dir(folder);
            }
            Machine { database, files: Mutex::default() }
        })
    }

    /// The face of this name that comes next to the style, or one of a family
    /// that is as wide.
    pub fn by_name(&self, name: &str, style: Style) -> Option<Face> {
        let family = family_key(name);
        let of_family = |family: &str| {
            self.database
                .faces()
                .filter(|face| {
                    face.families.iter().any(|(name, _)| key(name) == family)
                        || key(&face.post_script_name) == key(name)
                })
                .min_by_key(|face| {
                    (distance(face, style), face.post_script_name.clone())
                })
        };
        let face = of_family(&family).or_else(|| {
            let (_, other) =
                AS_WIDE_AS.iter().find(|(name, _)| *name == family)?;
            of_family(other)
        });
        self.load(face?)
    }

    /// The face that has the most of these letters; among those that have as
    /// many, one whose family has one of the `regions` in its name, then the
    /// one that comes next to the style. `None` when no face has any.
    pub fn by_letters(
        &self,
        letters: &[char],
        regions: &[&str],
        style: Style,
    ) -> Option<Face> {
        let best = self
            .database
            .faces()
            .filter_map(|face| {
                let missing =
                    self.database.with_face_data(face.id, |file, index| {
                        without_shape(file, index, letters.iter().copied())
                            .len()
                    })?;
                let family = family_of(face);
                let elsewhere =
                    !regions.iter().any(|region| family.contains(region));
                let rank = (missing, elsewhere, distance(face, style));
                Some((rank, face.post_script_name.clone(), face))
            })
            .min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let ((missing, ..), _, face) = best?;
        (missing < letters.len()).then(|| self.load(face)).flatten()
    }

    /// Reads the face's file, once.
    fn load(&self, face: &FaceInfo) -> Option<Face> {
        let Source::File(path) = &face.source else { return None };
        let mut files =
            self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let data = match files.get(path) {
            Some(data) => data.clone(),
            None => {
                let data: FontData = Arc::new(fs::read(path).ok()?);
                files.insert(path.clone(), data.clone());
                data
            }
        };
        Some(Face { data, index: face.index, name: family_of(face).to_owned() })
    }
}

fn family_of(face: &FaceInfo) -> &str {
    face.families.first().map_or("", |(name, _)| name)
}

/// How far a face is from a style; the smaller the better.
fn distance(face: &FaceInfo, style: Style) -> u32 {
    let name = family_of(face);
    let family = Style::of(name, face.monospaced.into()).family;
    let weight = if style.bold { 700 } else { 400 };
    let italic = face.style != fontdb::Style::Normal;
    let stretched = face.stretch != fontdb::Stretch::Normal;
    // A serif and a sans-serif are closer than either and a monospaced.
    let other_family = match (family, style.family) {
        (a, b) if a == b => 0,
        (Family::Mono, _) | (_, Family::Mono) => 2,
        _ => 1,
    };
    other_family * 10_000
        + u32::from(italic != style.italic) * 2_000
        + u32::from(stretched) * 1_000
        + u32::from(face.weight.0.abs_diff(weight))
}

/// A name without what is written in several ways: `Times New Roman` and
/// `TimesNewRoman` are one.
fn key(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The key of the family in a font's name: `arial` of `Arial,Bold` and of
/// `Arial-BoldMT`.
pub(crate) fn family_key(name: &str) -> String {
    let mut key = key(name);
    loop {
        let shorter = STYLE_WORDS.iter().find_map(|word| {
            key.strip_suffix(word).filter(|rest| rest.len() > 2)
        });
        match shorter {
            Some(shorter) => key = shorter.to_owned(),
            None => return key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_known_by_any_of_its_names() {
        for (name, family) in [
            ("Arial", "arial"),
            ("Arial,Bold", "arial"),
            ("Arial-BoldItalicMT", "arial"),
            ("TimesNewRomanPS-BoldMT", "timesnewroman"),
            ("Times New Roman", "timesnewroman"),
            ("Calibri-Italic", "calibri"),
            ("HeiseiMin-W3", "heiseiminw3"),
        ] {
            assert_eq!(family_key(name), family);
        }
    }
}
