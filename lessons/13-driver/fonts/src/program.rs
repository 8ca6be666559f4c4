//! The fonts in the program: Latin, Greek and Cyrillic in twelve styles, as
//! wide as Helvetica, Times and Courier. See `faces/README.md`.

use std::sync::Arc;

use hayro_interpret::font::FontData;

use crate::face::Face;
use crate::style::{Family, Style};

macro_rules! family {
    ($name:literal) => {
        [
            include_bytes!(concat!("../faces/Workshop", $name, "-Regular.ttf")),
            include_bytes!(concat!("../faces/Workshop", $name, "-Bold.ttf")),
            include_bytes!(concat!("../faces/Workshop", $name, "-Italic.ttf")),
            include_bytes!(concat!(
                "../faces/Workshop",
                $name,
                "-BoldItalic.ttf"
            )),
        ]
    };
}

static SANS: [&[u8]; 4] = family!("Sans");
static SERIF: [&[u8]; 4] = family!("Serif");
static MONO: [&[u8]; 4] = family!("Mono");

/// The face of a style.
pub(crate) fn face(style: Style) -> Face {
    let (faces, name) = match style.family {
        Family::Sans => (&SANS, "Workshop Sans"),
        Family::Serif => (&SERIF, "Workshop Serif"),
        Family::Mono => (&MONO, "Workshop Mono"),
    };
    let bytes = faces[usize::from(style.bold) + 2 * usize::from(style.italic)];
    let data: FontData = Arc::new(bytes);
    Face { data, index: 0, name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_has_latin_greek_and_cyrillic() {
        for family in [Family::Sans, Family::Serif, Family::Mono] {
            for (bold, italic) in
                [(false, false), (true, false), (false, true), (true, true)]
            {
                let face = face(Style { family, bold, italic });
                let letters = "AzßÉĄłęśćźńřůőșțğİŵạế€ΑΩάώЖдЇїўґәһ–“”…•ﬁ−≤";
                assert_eq!(face.without_shape(letters.chars()), []);
            }
        }
    }
}
