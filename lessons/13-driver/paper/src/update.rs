//! The update: new objects, and new versions of old ones, appended to a
//! document.
//!
//! A PDF is changed without touching a byte of it: what follows its end
//! replaces what came before (ISO 32000-2, 7.5.6). So the renderer reads the
//! document as it did before, however its objects are kept: in the open, in
//! streams of objects, encrypted, or in a file that needs repair.

use std::collections::BTreeMap;
use std::io::Write;

use hayro_syntax::Pdf;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{
    Array, Dict, FromBytes, ObjRef, Object, ObjectIdentifier,
};

/// The number of the first new object: no document has as many, and readers
/// understand numbers of 31 bits.
const FIRST_NEW: u32 = 2_000_000_000;
/// How many objects an update may add.
const MOST_NEW: u32 = 1_000_000;
/// The most bytes that an update should have.
const MOST_BYTES: usize = 32 << 20;

/// New objects, and new versions of old ones.
///
/// None of them may hold a string: in an encrypted document it would be taken
/// for an encrypted one. Streams are right there, too: they say that they are
/// not encrypted.
pub struct Update {
    objects: BTreeMap<ObjectIdentifier, Vec<u8>>,
    once: BTreeMap<Vec<u8>, ObjRef>,
    next: u32,
    last: u32,
    bytes: usize,
}

impl Update {
    /// An empty update for a document, which may have been updated before.
    pub fn new(pdf: &Pdf) -> Update {
        let mut next = FIRST_NEW;
        let taken = |number| {
            let id = ObjectIdentifier::new(number, 0);
            pdf.xref().get::<Object<'_>>(id).is_some()
        };
        while taken(next) && next < i32::MAX as u32 - 2 * MOST_NEW {
            next += MOST_NEW;
        }
        let last = next + MOST_NEW - 1;
        let (objects, once) = (BTreeMap::new(), BTreeMap::new());
        Update { objects, once, next, last, bytes: 0 }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether it is as large as it should become.
    pub fn is_full(&self) -> bool {
        self.bytes > MOST_BYTES || self.next == self.last
    }

    /// Makes `body` the new version of an object.
    pub fn replace(&mut self, id: ObjectIdentifier, body: impl Into<Vec<u8>>) {
        let body = body.into();
        self.bytes += body.len();
        self.objects.insert(id, body);
    }

    /// Adds an object.
    pub fn add(&mut self, body: impl Into<Vec<u8>>) -> ObjRef {
        let id = ObjectIdentifier::new(self.next, 0);
        self.next = self.last.min(self.next + 1);
        self.replace(id, body);
        id.into()
    }

    /// Adds an object, unless there is one like it.
    pub fn add_once(&mut self, body: Vec<u8>) -> ObjRef {
        if let Some(id) = self.once.get(&body) {
            return *id;
        }
        let id = self.add(body.clone());
        self.once.insert(body, id);
        id
    }

    /// Adds a stream: its bytes, and the entries of its dictionary.
    pub fn add_stream(&mut self, entries: &[u8], bytes: &[u8]) -> ObjRef {
        let mut body = b"<< ".to_vec();
        body.extend_from_slice(entries);
        let length = bytes.len();
        let rest = format!(" /Filter /Crypt /Length {length} >>\nstream\n");
        body.extend_from_slice(rest.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\nendstream");
        self.add(body)
    }

    /// The document with this update.
    ///
    /// # Errors
    /// The document as it was, when its end is not understood, or when the
    /// updated one would not have the same pages in the same order.
    pub fn apply(&self, pdf: Pdf) -> Result<Pdf, Pdf> {
        if self.is_empty() {
            return Ok(pdf);
        }
        self.append_to(&pdf)
            .and_then(|bytes| Pdf::new(bytes).ok())
            .filter(|new| pages(new) == pages(&pdf))
            .ok_or(pdf)
    }

    /// The document's bytes with this update behind them.
    fn append_to(&self, pdf: &Pdf) -> Option<Vec<u8>> {
        let old: &[u8] = pdf.data().as_ref();
        let root = ObjRef::from(pdf.xref().root_id());
        let mut trailer = format!("/Root {root}").into_bytes();
        let start = last_xref(old);
        let old_trailer = start.and_then(|at| trailer_at(old.get(at..)?));
        let known = old_trailer.is_some();
        match (start, old_trailer) {
            (Some(start), Some(old)) => {
                trailer.extend(format!(" /Prev {start}").into_bytes());
                copy_encryption(&old, &mut trailer);
            }
            // The renderer finds the objects of such a file by itself, if no
            // table says where some of them are.
            _ if find(old, b"/Encrypt").is_none() => {}
            _ => return None,
        }

        let mut new = Vec::with_capacity(old.len() + 2 * self.bytes + 1024);
        new.extend_from_slice(old);
        let mut table = b"xref\n".to_vec();
        for (id, body) in &self.objects {
            new.push(b'\n');
            let offset = new.len();
            let (number, generation) = (id.obj_number, id.gen_number);
            writeln!(new, "{number} {generation} obj").ok()?;
            new.extend_from_slice(body);
            new.extend_from_slice(b"\nendobj\n");
            writeln!(table, "{number} 1").ok()?;
            writeln!(table, "{offset:010} {generation:05} n ").ok()?;
        }
        let start = new.len();
        if known {
            new.extend_from_slice(&table);
        }
        write!(new, "trailer\n<< /Size {} ", i32::MAX).ok()?;
        new.extend_from_slice(&trailer);
        write!(new, " >>\nstartxref\n{start}\n%%EOF\n").ok()?;
        Some(new)
    }
}

/// The pages of a document, as the objects that they are.
fn pages(pdf: &Pdf) -> Vec<Option<ObjectIdentifier>> {
    pdf.pages().iter().map(|page| page.raw().obj_id()).collect()
}

/// Where the last cross-reference table or stream begins.
fn last_xref(bytes: &[u8]) -> Option<usize> {
    const WORD: &[u8] = b"startxref";
    let at = bytes.windows(WORD.len()).rposition(|word| word == WORD)?;
    let digits = bytes[at + WORD.len()..].trim_ascii_start();
    let end = digits.iter().position(|byte| !byte.is_ascii_digit());
    let digits = &digits[..end.unwrap_or(digits.len())];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The trailer of the table, or the dictionary of the stream, that begins
/// here.
fn trailer_at(bytes: &[u8]) -> Option<Dict<'_>> {
    let table = bytes.trim_ascii_start().starts_with(b"xref");
    let after = if table { find(bytes, b"trailer")? } else { 0 };
    let dict = after + find(&bytes[after..], b"<<")?;
    let trailer: Dict<'_> = Dict::from_bytes(&bytes[dict..])?;
    trailer.contains_key(keys::ROOT).then_some(trailer)
}

/// Copies what tells how to decrypt the document.
fn copy_encryption(old: &Dict<'_>, trailer: &mut Vec<u8>) {
    if let Some(id) = old.get_ref(keys::ENCRYPT) {
        trailer.extend(format!(" /Encrypt {id}").into_bytes());
    } else if let Some(dict) = old.get::<Dict<'_>>(keys::ENCRYPT) {
        trailer.extend_from_slice(b" /Encrypt ");
        trailer.extend_from_slice(dict.data());
    }
    if let Some(array) = old.get::<Array<'_>>(keys::ID) {
        trailer.extend_from_slice(b" /ID [");
        trailer.extend_from_slice(array.data());
        trailer.push(b']');
    }
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}
