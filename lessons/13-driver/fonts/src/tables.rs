//! Tables of letters: what the codes of a font stand for.

use std::collections::BTreeMap;
use std::fmt::Write;

use flate2::{Decompress, FlushDecompress, Status};
use hayro_font::hayro_cmap::{self, BfString, CMap, CMapName, CidFamily};
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Dict, Name, Object, Stream, String as PdfString};

use crate::letters::ligature;

/// The most bytes of a damaged table of letters that are read.
const LONGEST_TABLE: usize = 1 << 20;

/// What a code of a font stands for, where that is known.
pub(crate) type Letters = BTreeMap<u32, char>;

/// A letter, or the sign that joins the letters of a ligature.
pub(crate) fn single(text: BfString) -> Option<char> {
    match text {
        BfString::Char(letter) => Some(letter),
        BfString::String(text) => ligature(&text),
    }
}

pub(crate) fn encoding(dict: &Dict<'_>) -> Option<CMap> {
    match dict.get::<Object<'_>>(keys::ENCODING)? {
        Object::Name(name) => named_map(&name),
        Object::Stream(stream) => map(&stream.decoded_data().ok()?),
        _ => None,
    }
}

pub(crate) fn is_identity(dict: &Dict<'_>) -> bool {
    let encoding = dict.get::<Name<'_>>(keys::ENCODING);
    encoding.is_some_and(|name| name.starts_with(b"Identity-"))
}

/// The document's own table of its letters.
pub(crate) fn table(dict: &Dict<'_>) -> Option<CMap> {
    match dict.get::<Object<'_>>(keys::TO_UNICODE)? {
        Object::Stream(stream) => map(&as_far_as_readable(&stream)),
        Object::Name(name) => named_map(&name),
        _ => None,
    }
}

/// What a stream holds; of one that is damaged, what comes before the damage.
fn as_far_as_readable(stream: &Stream<'_>) -> Vec<u8> {
    if let Ok(bytes) = stream.decoded_data() {
        return bytes.into_owned();
    }
    let raw = stream.raw_data();
    let mut inflate = Decompress::new(true);
    let (mut bytes, mut piece) = (Vec::new(), [0; 16]);
    while bytes.len() < LONGEST_TABLE {
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let rest = raw.get(read as usize..).unwrap_or_default();
        let status =
            inflate.decompress(rest, &mut piece, FlushDecompress::None);
        let new = (inflate.total_out() - written) as usize;
        bytes.extend_from_slice(&piece[..new]);
        let stands_still = new == 0 && inflate.total_in() == read;
        if stands_still || !matches!(status, Ok(Status::Ok)) {
            break;
        }
    }
    bytes
}

fn named_map(name: &Name<'_>) -> Option<CMap> {
    match CMapName::from_bytes(name) {
        CMapName::IdentityH => Some(CMap::identity_h()),
        CMapName::IdentityV => Some(CMap::identity_v()),
        name => map(hayro_cmap::load_embedded(name)?),
    }
}

fn map(bytes: &[u8]) -> Option<CMap> {
    CMap::parse(bytes, hayro_cmap::load_embedded)
}

/// Some letters of a known collection of characters, and words that stand in
/// the names of fonts made for it.
pub(crate) type Collection = (&'static str, &'static [&'static str]);

pub(crate) fn collection(
    encoding: Option<&CMap>,
    descendant: &Dict<'_>,
) -> Option<Collection> {
    let of_encoding = encoding
        .and_then(|map| map.metadata().character_collection.as_ref())
        .map(|collection| collection.family.clone())
        .filter(|family| *family != CidFamily::AdobeIdentity);
    let family = of_encoding.or_else(|| {
        let info = descendant.get::<Dict<'_>>(keys::CIDSYSTEMINFO)?;
        let text = |key: &[u8]| info.get::<PdfString<'_>>(key);
        let (registry, ordering) =
            (text(keys::REGISTRY)?, text(keys::ORDERING)?);
        Some(CidFamily::from_registry_ordering(
            registry.as_bytes(),
            ordering.as_bytes(),
        ))
    })?;
    Some(match family {
        CidFamily::AdobeJapan1 => {
            ("あア日本語書体国", &["JP", "Mincho", "Gothic", "Japan"])
        }
        CidFamily::AdobeGB1 => ("中文简体国书语", &["SC", "Hei", "Song", "CN"]),
        CidFamily::AdobeCNS1 => ("中文繁體國書語", &["TC", "TW", "HK", "Ming"]),
        CidFamily::AdobeKorea1 => ("한국어글꼴", &["KR", "Batang", "Nanum"]),
        _ => return None,
    })
}

/// The letters of a document's own table, for codes of up to two bytes.
pub(crate) fn letters_of(table: &CMap) -> Letters {
    let all = |letter: &dyn Fn(u32) -> Option<char>| -> Letters {
        (0..=u16::MAX.into())
            .filter_map(|code| Some((code, letter(code)?)))
            .filter(|(_, letter)| *letter != '\0')
            .collect()
    };
    let letters = all(&|code| single(table.lookup_bf_string(code)?));
    if !letters.is_empty() {
        return letters;
    }
    // Some write it as a table of other numbers.
    all(&|code| {
        let number =
            (1..=2).find_map(|bytes| table.lookup_cid_code(code, bytes));
        char::from_u32(number?)
    })
}

/// A table of letters as a PDF has it (ISO 32000-2, 9.10.3).
pub(crate) fn to_unicode(letters: &Letters) -> String {
    let mut text = String::from(
        "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
    );
    let letters: Vec<(&u32, &char)> = letters.iter().collect();
    for letters in letters.chunks(100) {
        let _ = writeln!(text, "{} beginbfchar", letters.len());
        for (code, letter) in letters {
            let _ = write!(text, "<{code:04X}> <");
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "{unit:04X}");
            }
            text.push_str(">\n");
        }
        text.push_str("endbfchar\n");
    }
    text.push_str("endcmap");
    text
}
