//! The owner's permissions: what the owner of an encrypted document allows to
//! those who may only read it.
//!
//! They bind programs that choose to be bound: whoever can read a document can
//! print it. Our policy is to print, and to say so.

use hayro_syntax::Pdf;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Dict, FromBytes, ObjectIdentifier};

/// Bit 3 of the permissions allows printing, bit 12 printing in full quality
/// (ISO 32000-2, table 22).
const PRINT: i64 = 1 << 2;
const PRINT_IN_FULL: i64 = 1 << 11;

/// A note on a document whose owner allows no printing, or only a poor one.
pub fn note(pdf: &Pdf) -> Option<&'static str> {
    let permissions = permissions(pdf)?;
    if permissions & PRINT == 0 {
        Some(
            "the document's owner forbids printing; whoever may read it may \
             print it here, so it is printed",
        )
    } else if permissions & PRINT_IN_FULL == 0 {
        Some(
            "the document's owner allows printing only in low quality; it is \
             printed in full",
        )
    } else {
        None
    }
}

/// The permissions of an encrypted document. What encrypts it is named in its
/// trailer, or in a stream that stands for one: neither is ever encrypted.
fn permissions(pdf: &Pdf) -> Option<i64> {
    const WORD: &[u8] = b"/Encrypt";
    let bytes: &[u8] = pdf.data().as_ref();
    let value = (0..bytes.len().checked_sub(WORD.len())?)
        .rev()
        .filter(|at| bytes[*at..].starts_with(WORD))
        .map(|at| &bytes[at + WORD.len()..])
        // There is a longer word with the same beginning.
        .find(|rest| !rest[0].is_ascii_alphabetic())?
        .trim_ascii_start();
    let dict = if value.starts_with(b"<<") {
        Dict::from_bytes(value)?
    } else {
        pdf.xref().get::<Dict<'_>>(reference(value)?)?
    };
    // Some programs write the 32 bits without their sign.
    let permissions = dict.get::<f64>(keys::P)? as i64;
    let revision = dict.get::<u8>(keys::R).unwrap_or(2);
    // Older documents know only bit 3.
    Some(if revision < 3 { permissions | PRINT_IN_FULL } else { permissions })
}

/// "6 0 R" as the name of an object.
fn reference(text: &[u8]) -> Option<ObjectIdentifier> {
    let mut words =
        text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    let mut number = || std::str::from_utf8(words.next()?).ok();
    let (object, generation) =
        (number()?.parse().ok()?, number()?.parse().ok()?);
    Some(ObjectIdentifier::new(object, generation))
}
