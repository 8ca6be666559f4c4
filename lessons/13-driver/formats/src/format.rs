//! What can be printed, and how each is known.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{office, text};

/// How many bytes of a document tell what it is.
pub const LOOKED_AT: usize = 4096;
/// A PDF's header may stand anywhere in its first bytes (ISO 32000-1,
/// appendix H, note 13).
const HEADER_WITHIN: usize = 1024;

/// The format of a document that can be printed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A PDF (ISO 32000).
    Pdf,
    /// A JPEG picture (ISO/IEC 10918).
    Jpeg,
    /// A PNG picture (ISO/IEC 15948).
    Png,
    /// Plain text in UTF-8.
    Text,
    /// PWG raster (PWG 5102.4): what clients without a driver send.
    PwgRaster,
    /// Apple raster, also called URF: what iPhones send.
    AppleRaster,
    /// A document of an office program, which LibreOffice turns into a PDF.
    Office,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 7] = [
        Format::Pdf,
        Format::Jpeg,
        Format::Png,
        Format::Text,
        Format::PwgRaster,
        Format::AppleRaster,
        Format::Office,
    ];

    // ANCHOR: of
    /// The format of a document that begins with these bytes, of which the
    /// first [`LOOKED_AT`] count.
    ///
    /// # Errors
    /// What the document is instead, with its article: "a GIF picture".
    pub fn of(bytes: &[u8]) -> Result<Format, &'static str> {
        let start = &bytes[..bytes.len().min(LOOKED_AT)];
        let header = &start[..start.len().min(HEADER_WITHIN)];
        match start {
            _ if has(header, b"%PDF-") => Ok(Format::Pdf),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Format::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Ok(Format::Png),
            [b'R', b'a', b'S', b'2', ..] => Ok(Format::PwgRaster),
            [b'U', b'N', b'I', b'R', b'A', b'S', b'T', 0, ..] => {
                Ok(Format::AppleRaster)
            }
            _ => match other_kind(start) {
                Some(kind) => Err(kind),
                None if office::is_office(start) => Ok(Format::Office),
                None if text::is_text(start) => Ok(Format::Text),
                None if text::is_other_text(start) => {
                    Err("text in another encoding than UTF-8")
                }
                None => Err("data of an unknown kind"),
            },
        }
    }
    // ANCHOR_END: of

    /// Its media type (RFC 6838), as IPP names it in `document-format`; that of
    /// the most usual kind for an office document.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Pdf => "application/pdf",
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Text => "text/plain",
            Format::PwgRaster => "image/pwg-raster",
            Format::AppleRaster => "image/urf",
            Format::Office => {
                "application/vnd.openxmlformats-officedocument.\
                 wordprocessingml.document"
            }
        }
    }

    /// What the name of such a file ends in, the usual ending first; empty
    /// where that is anything.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Format::Pdf => &["pdf"],
            Format::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Format::Png => &["png"],
            Format::Text => &["txt", "text", "csv", "tsv", "log", "md"],
            Format::PwgRaster => &["pwg", "ras"],
            Format::AppleRaster => &["urf"],
            Format::Office => &office::ENDINGS,
        }
    }
}

impl fmt::Display for Format {
    /// With its article: "a PNG picture".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Pdf => "a PDF",
            Format::Jpeg => "a JPEG picture",
            Format::Png => "a PNG picture",
            Format::Text => "plain text",
            Format::PwgRaster => "a PWG raster",
            Format::AppleRaster => "an Apple raster",
            Format::Office => "an office document",
        })
    }
}

/// What a document is that cannot be printed.
fn other_kind(start: &[u8]) -> Option<&'static str> {
    Some(match start {
        [b'G', b'I', b'F', b'8', ..] => "a GIF picture",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => {
            "a TIFF picture"
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            "a WebP picture"
        }
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => {
            "a HEIF picture"
        }
        [b'R', b'a', b'S', b't' | b'3', ..]
        | [b't' | b'2' | b'3', b'S', b'a', b'R', ..] => "a CUPS raster",
        [0x1F, 0x8B, ..] => "a gzip archive",
        [0x1B, b'%', b'-', b'1', ..] => "a file for a printer (PJL)",
        [b'%', b'!', ..] => "a PostScript file",
        _ if office::is_archive(start) => "a ZIP archive",
        _ if text::is_web_page(start) => "a web page (HTML)",
        _ => return None,
    })
}

pub(crate) fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_bytes() {
        for (bytes, format) in [
            (&b"%PDF-1.4\n"[..], Format::Pdf),
            (b"junk of a web server\n%PDF-1.4\n", Format::Pdf),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"RaS2PwgRaster\0", Format::PwgRaster),
            (b"UNIRAST\0\0\0\0\x01", Format::AppleRaster),
            (b"Dear printer,\nplease.\n", Format::Text),
            (b"\xEF\xBB\xBFwith a mark", Format::Text),
            ("日本語".as_bytes(), Format::Text),
            (b"one page\x0canother\tline", Format::Text),
            (b"{\\rtf1\\ansi hello}", Format::Office),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Format::Office),
            (b"PK\x03\x04.......word/document.xml", Format::Office),
            (
                b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.text",
                Format::Office,
            ),
        ] {
            assert_eq!(Format::of(bytes), Ok(format), "{bytes:?}");
        }
    }

    #[test]
    fn what_cannot_be_printed_has_a_name() {
        for (bytes, what) in [
            (&b"GIF89a"[..], "a GIF picture"),
            (b"PK\x03\x04 photos.jpg", "a ZIP archive"),
            (b"%!PS-Adobe-3.0\n", "a PostScript file"),
            (b"\x1b%-12345X@PJL\n", "a file for a printer (PJL)"),
            (b"  <!DOCTYPE html><p>", "a web page (HTML)"),
            (b"RaS3", "a CUPS raster"),
            (b"\x1F\x8B\x08", "a gzip archive"),
            (b"\x01\x02\x03", "data of an unknown kind"),
            (b"caf\xe9 in Latin-1", "text in another encoding than UTF-8"),
            (b"", "data of an unknown kind"),
        ] {
            assert_eq!(Format::of(bytes), Err(what), "{bytes:?}");
        }
    }

    #[test]
    fn every_beginning_and_every_byte_have_an_answer() {
        let whole = b"PK\x03\x04 \xE6\x97\xA5 %PDF- RaS2 UNIRAST\0 \x89PNG";
        for end in 0..whole.len() {
            let _ = Format::of(&whole[..end]);
            let _ = Format::of(&whole[end..]);
        }
        for byte in 0..=u8::MAX {
            let _ = Format::of(&[byte; LOOKED_AT + 1]);
        }
    }

    #[test]
    fn a_character_that_is_cut_by_the_end_of_what_is_looked_at_is_text() {
        let text = "語".repeat(LOOKED_AT);
        for shift in 0..3 {
            let text = format!("{}{text}", "x".repeat(shift));
            assert_eq!(Format::of(text.as_bytes()), Ok(Format::Text));
        }
    }
}
