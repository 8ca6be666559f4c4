//! Inline fonts: those that a document writes where it names them, and not as
//! objects of their own.
//!
//! A new version of a font takes the place of an object, so an inline font has
//! to become one first.

use std::collections::BTreeMap;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Object, ObjectIdentifier, Stream};
use paper::Update;

/// An update that makes objects of these fonts of a document. It changes
/// nothing in an encrypted one: its strings could not be read in another
/// object (ISO 32000-2, 7.6.3).
pub(crate) fn as_objects(pdf: &Pdf, fonts: &[Dict<'_>]) -> Update {
    const ENCRYPTED: &[u8] = b"/Encrypt";
    let mut update = Update::new(pdf);
    let bytes: &[u8] = pdf.data().as_ref();
    if bytes.windows(ENCRYPTED.len()).any(|at| at == ENCRYPTED) {
        return update;
    }
    let mut holders = BTreeMap::<ObjectIdentifier, Vec<u8>>::new();
    for font in fonts {
        let Some(id) = font.obj_id() else { continue };
        let holder = holders.entry(id).or_insert_with(|| written(pdf, id));
        // The same text is the same font.
        let text = font.data();
        let found = holder.windows(text.len()).position(|part| part == text);
        if let Some(place) = found {
            let object = update.add_once(text.to_vec()).to_string();
            holder.splice(place..place + text.len(), object.into_bytes());
        }
    }
    for (id, holder) in holders {
        if !holder.is_empty() {
            update.replace(id, holder);
        }
    }
    update
}

/// An object as it is written; empty for one that cannot be written again.
fn written(pdf: &Pdf, id: ObjectIdentifier) -> Vec<u8> {
    match pdf.xref().get::<Object<'_>>(id) {
        Some(Object::Dict(dict)) => dict.data().to_vec(),
        Some(Object::Stream(stream)) => written_stream(&stream),
        _ => Vec::new(),
    }
}

fn written_stream(stream: &Stream<'_>) -> Vec<u8> {
    let dict: &Dict<'_> = stream.dict();
    let parts: [&[u8]; 4] =
        [dict.data(), b"\nstream\n", &stream.raw_data(), b"\nendstream"];
    parts.concat()
}
