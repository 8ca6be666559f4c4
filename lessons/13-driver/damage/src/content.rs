//! The content of a page, read operator by operator, with all that it uses.
//!
//! The renderer passes over what it cannot read. Here each part is read once,
//! however often the page draws it.

use std::borrow::Cow;
use std::collections::HashSet;

use findings::Collector;
use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Stream,
};
use hayro_syntax::page::{Page, Resources};

use crate::stream;

/// How deep forms lie within forms, at most. The renderer draws 50.
const DEEPEST: u32 = 50;
/// So few bytes behind the last operator are no content that broke off.
const FEW_BYTES: usize = 16;
/// The longest operator that is shown.
const LONGEST_OPERATOR: usize = 20;
/// The bits of an annotation's flags that hide it, as the renderer sees them.
const HIDDEN: u32 = 1 << 1 | 1 << 5;

/// Every operator of a content stream (ISO 32000-2, table 50).
const OPERATORS: [&[u8]; 73] = [
    b"\"", b"'", b"B", b"B*", b"BDC", b"BI", b"BMC", b"BT", b"BX", b"CS",
    b"DP", b"Do", b"EI", b"EMC", b"ET", b"EX", b"F", b"G", b"ID", b"J", b"K",
    b"M", b"MP", b"Q", b"RG", b"S", b"SC", b"SCN", b"T*", b"TD", b"TJ", b"TL",
    b"Tc", b"Td", b"Tf", b"Tj", b"Tm", b"Tr", b"Ts", b"Tw", b"Tz", b"W", b"W*",
    b"b", b"b*", b"c", b"cm", b"cs", b"d", b"d0", b"d1", b"f", b"f*", b"g",
    b"gs", b"h", b"i", b"j", b"k", b"l", b"m", b"n", b"q", b"re", b"rg", b"ri",
    b"s", b"sc", b"scn", b"sh", b"v", b"w", b"y",
];

/// Reads the content of `page`, and of the annotations on it.
pub fn read_content(page: &Page<'_>, collector: &Collector) {
    let mut reader = ContentReader { collector, seen: HashSet::new() };
    let contents = reader.content_streams(page);
    let damaged =
        contents.iter().any(|part| reader.is_damaged(part, "content"));
    if let Some(bytes) = page.page_stream() {
        reader.read(bytes, page.resources(), damaged, 0);
    }
    let annotations = page.raw().get::<Array<'_>>(keys::ANNOTS);
    for annotation in annotations.iter().flat_map(|all| all.iter::<Dict<'_>>())
    {
        let flags = annotation.get::<u32>(keys::F).unwrap_or(0);
        if let Some(form) = appearance(&annotation)
            && flags & HIDDEN == 0
        {
            reader.read_form(&form, page.resources(), 0);
        }
    }
}

/// The normal appearance of an annotation, in its present state.
fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    let normal =
        annotation.get::<Dict<'a>>(keys::AP)?.get::<Object<'a>>(keys::N)?;
    match normal {
        Object::Stream(form) => Some(form),
        Object::Dict(states) => {
            states.get(annotation.get::<Name<'_>>(keys::AS)?)
        }
        _ => None,
    }
}

struct ContentReader<'c> {
    collector: &'c Collector,
    /// The parts that were read already.
    seen: HashSet<ObjectIdentifier>,
}

impl ContentReader<'_> {
    /// The streams that are the page's content, one after the other.
    fn content_streams<'a>(&self, page: &Page<'a>) -> Vec<Stream<'a>> {
        const MISSING: &str =
            "a part of the page's content is missing from the file";
        let resolve = |part: MaybeRef<Object<'a>>| match part {
            MaybeRef::Ref(id) => page.xref().get::<Object<'a>>(id.into()),
            MaybeRef::NotRef(object) => Some(object),
        };
        let Some(contents) = page.raw().get_raw::<Object<'a>>(keys::CONTENTS)
        else {
            return Vec::new();
        };
        let parts = match resolve(contents) {
            Some(Object::Array(parts)) => {
                parts.raw_iter().map(resolve).collect()
            }
            part => vec![part],
        };
        let mut streams = Vec::new();
        for part in parts {
            match part {
                Some(Object::Stream(stream)) => streams.push(stream),
                Some(Object::Null(_)) => {}
                _ => self.collector.loss(MISSING),
            }
        }
        streams
    }

    /// Whether a stream cannot be read whole, which is reported.
    fn is_damaged(&self, stream: &Stream<'_>, what: &str) -> bool {
        let damage = stream::damage(stream).or_else(|| {
            let unreadable = stream.decoded_data().is_err();
            unreadable.then(|| "it cannot be unpacked".to_owned())
        });
        let Some(damage) = damage else { return false };
        self.collector.loss(format!("its {what} is damaged: {damage}"));
        true
    }

    /// Reads operators. Of those that are `damaged`, only what they use is
    /// looked at: that they make no sense is known.
    fn read(
        &mut self,
        bytes: &[u8],
        resources: &Resources<'_>,
        damaged: bool,
        depth: u32,
    ) {
        let mut operators = UntypedIter::new(bytes);
        let mut end = 0;
        let mut unknown = None;
        // Between BX and EX, what is unknown is to be passed over.
        let mut tolerant = 0_u32;
        while let Some(instruction) = operators.next() {
            let operator: &[u8] = instruction.operator;
            // A picture within the content ends with its data.
            let picture = instruction.operands().find_map(inline_data);
            let read = picture.as_deref().unwrap_or(operator);
            end = end_in(bytes, read).unwrap_or(end);
            let name =
                instruction.operands().last().and_then(
                    |operand| match operand {
                        Object::Name(name) => Some(name),
                        _ => None,
                    },
                );
            match (operator, name) {
                (b"BX", _) => tolerant += 1,
                (b"EX", _) => tolerant = tolerant.saturating_sub(1),
                (b"Do", Some(name)) => self.x_object(name, resources, depth),
                (b"sh", Some(name)) => self.shading(name, resources),
                (b"scn" | b"SCN", Some(name)) => {
                    self.pattern(name, resources, depth);
                }
                (b"gs", Some(name)) => self.state(name, resources, depth),
                _ if OPERATORS.binary_search(&operator).is_ok() => {}
                _ if tolerant > 0 => {}
                _ => unknown = unknown.or(Some(operator.to_vec())),
            }
        }
        if damaged {
            return;
        }
        let rest = &bytes[end..];
        if is_more_than_blank(rest) {
            self.collector.loss(format!(
                "its content breaks off: {} of its {} bytes cannot be read",
                rest.len(),
                bytes.len()
            ));
        }
        if let Some(operator) = unknown {
            let operator = &operator[..operator.len().min(LONGEST_OPERATOR)];
            self.collector.note(format!(
                "its content has instructions that mean nothing, such as {:?}",
                String::from_utf8_lossy(operator)
            ));
        }
    }

    /// A picture or a form that is drawn. Pictures are looked at when the
    /// interpreter draws them.
    fn x_object(
        &mut self,
        name: &Name<'_>,
        resources: &Resources<'_>,
        depth: u32,
    ) {
        let Some(object) = resources.get_x_object(name) else {
            return self.missing("picture or drawing", name);
        };
        match object.dict().get::<Name<'_>>(keys::SUBTYPE).as_deref() {
            Some(b"Form") => self.read_form(&object, resources, depth),
            // Commands for a PostScript printer are for no other.
            Some(b"Image" | b"PS") => {}
            _ => self.missing("picture or drawing", name),
        }
    }

    fn shading(&self, name: &Name<'_>, resources: &Resources<'_>) {
        if resources.get_shading(name).is_none() {
            self.missing("gradient", name);
        }
    }

    fn pattern(
        &mut self,
        name: &Name<'_>,
        resources: &Resources<'_>,
        depth: u32,
    ) {
        match resources.get_pattern(name) {
            None => self.missing("pattern", name),
            Some(Object::Stream(cell)) => {
                self.read_form(&cell, resources, depth);
            }
            Some(_) => {}
        }
    }

    /// A graphics state may have a mask, which is a form.
    fn state(
        &mut self,
        name: &Name<'_>,
        resources: &Resources<'_>,
        depth: u32,
    ) {
        let mask = resources
            .get_ext_g_state(name)
            .and_then(|state| state.get::<Dict<'_>>(keys::SMASK))
            .and_then(|mask| mask.get::<Stream<'_>>(keys::G));
        if let Some(form) = mask {
            self.read_form(&form, resources, depth);
        }
    }

    fn read_form(
        &mut self,
        form: &Stream<'_>,
        parents: &Resources<'_>,
        depth: u32,
    ) {
        if !self.seen.insert(form.obj_id()) {
            return;
        }
        if depth == DEEPEST {
            self.collector.loss(
                "drawings lie within drawings too deeply; some are missing",
            );
            return;
        }
        let damaged = self.is_damaged(form, "drawing");
        let Ok(bytes) = form.decoded_data() else { return };
        let own = form.dict().get::<Dict<'_>>(keys::RESOURCES);
        let own = own.map(Resources::new);
        let resources = own.as_ref().unwrap_or(parents);
        self.read(&bytes, resources, damaged, depth + 1);
    }

    fn missing(&self, what: &str, name: &Name<'_>) {
        let name = String::from_utf8_lossy(name);
        self.collector.loss(format!(
            "a {what} that it draws ({name}) is missing from the file"
        ));
    }
}

/// The data of a picture that stands in the content itself.
fn inline_data<'a>(operand: &Object<'a>) -> Option<Cow<'a, [u8]>> {
    match operand {
        Object::Stream(picture) => Some(picture.raw_data()),
        _ => None,
    }
}

/// Whether what is left behind the last operator should have been content.
fn is_more_than_blank(rest: &[u8]) -> bool {
    let is_blank = |byte: u8| byte == 0 || byte.is_ascii_whitespace();
    let mut solid = rest.iter().filter(|byte| !is_blank(**byte));
    match solid.clone().next() {
        Some(b'%') => false,
        // A text or a list that has no end.
        Some(b'(' | b'<' | b'[') => true,
        _ => solid.nth(FEW_BYTES).is_some(),
    }
}

/// The place in `bytes` behind a part of them; `None` when it is no part of
/// them, as a name with an escape in it is.
fn end_in(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let start = part.as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
    let end = start + part.len();
    (end <= bytes.len()).then_some(end)
}
