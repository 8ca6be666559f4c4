//! A face: one font of a file, and which letters it has.

use hayro_interpret::font::FontData;
use skrifa::FontRef;
use skrifa::charmap::Charmap;

/// One font of a file.
#[derive(Clone)]
pub(crate) struct Face {
    /// The whole file.
    pub data: FontData,
    /// Which font of the file, where it holds several.
    pub index: u32,
    /// The name of its family.
    pub name: String,
}

impl Face {
    /// Those letters for which the face has no shape.
    pub fn without_shape(
        &self,
        letters: impl IntoIterator<Item = char>,
    ) -> Vec<char> {
        let bytes = (*self.data).as_ref();
        without_shape(bytes, self.index, letters)
    }
}

/// Those letters for which a font of a file has no shape.
pub(crate) fn without_shape(
    file: &[u8],
    index: u32,
    letters: impl IntoIterator<Item = char>,
) -> Vec<char> {
    let letters = letters.into_iter();
    let Ok(font) = FontRef::from_index(file, index) else {
        return letters.collect();
    };
    let map = Charmap::new(&font);
    letters.filter(|letter| map.map(*letter).is_none()).collect()
}
