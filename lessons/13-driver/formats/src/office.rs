//! Documents of office programs: the new ones are ZIP archives with known
//! names in them, the old ones are compound files or RTF.

use crate::format::has;

/// What the names of office documents end in.
pub(crate) const ENDINGS: [&str; 14] = [
    "docx", "doc", "odt", "xlsx", "xls", "ods", "pptx", "ppt", "odp", "rtf",
    "docm", "xlsm", "pptm", "odg",
];
/// The start of a ZIP archive (APPNOTE.TXT, 4.3.7), also of an empty one.
const ARCHIVES: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// The start of a compound file ([MS-CFB], 2.2), as Office wrote them to 2003.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
/// Names at the start of an archive, and what such a document's name ends in:
/// those of Office Open XML (ISO/IEC 29500-2) and of OpenDocument (ODF 1.2,
/// part 3, 3.3).
const NAMES: [(&[u8], &str); 8] = [
    (b"vnd.oasis.opendocument.text", "odt"),
    (b"vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"vnd.oasis.opendocument.presentation", "odp"),
    (b"vnd.oasis.opendocument", "odg"),
    (b"word/", "docx"),
    (b"xl/", "xlsx"),
    (b"ppt/", "pptx"),
    (b"[Content_Types].xml", "docx"),
];

pub(crate) fn is_office(start: &[u8]) -> bool {
    ending(start).is_some()
}

/// A ZIP archive that is no office document.
pub(crate) fn is_archive(start: &[u8]) -> bool {
    is_zip(start) && ending(start).is_none()
}

fn is_zip(start: &[u8]) -> bool {
    ARCHIVES.iter().any(|archive| start.starts_with(archive))
}

/// What the name of the office document ends in that starts with these bytes.
#[must_use]
pub fn ending(start: &[u8]) -> Option<&'static str> {
    if start.starts_with(COMPOUND) {
        return Some("doc");
    }
    if start.starts_with(b"{\\rtf") {
        return Some("rtf");
    }
    let name = NAMES.iter().find(|(name, _)| has(start, name));
    name.filter(|_| is_zip(start)).map(|(_, ending)| *ending)
}
