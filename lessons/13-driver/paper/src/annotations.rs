//! The annotations of a page: comments, form fields, stamps, links.
//!
//! An annotation's flags say whether it is on paper (ISO 32000-2, 12.5.3), its
//! appearance says how it looks. The renderer goes by the flags for a screen,
//! and draws nothing that has no appearance. So what it would get wrong is
//! replaced by the little that it looks at: a place and an appearance.

use std::collections::HashSet;

use hayro_syntax::object::{
    Array, Dict, Name, ObjRef, Object, ObjectIdentifier, Rect, Stream,
};
use hayro_syntax::page::Page;

use crate::appearance::{Appearance, multiplied};
use crate::comments;
use crate::fields::Form;
use crate::layers::Layers;
use crate::objects::Objects;
use crate::update::Update;

const INVISIBLE: u32 = 1 << 0;
const HIDDEN: u32 = 1 << 1;
const PRINT: u32 = 1 << 2;
const NO_VIEW: u32 = 1 << 5;

/// The kinds of ISO 32000-2, 12.5.6: those whose Invisible flag counts for
/// nothing.
const STANDARD_KINDS: [&[u8]; 28] = [
    b"3D",
    b"Caret",
    b"Circle",
    b"FileAttachment",
    b"FreeText",
    b"Highlight",
    b"Ink",
    b"Line",
    b"Link",
    b"Movie",
    b"PolyLine",
    b"Polygon",
    b"Popup",
    b"PrinterMark",
    b"Projection",
    b"Redact",
    b"RichMedia",
    b"Screen",
    b"Sound",
    b"Square",
    b"Squiggly",
    b"Stamp",
    b"StrikeOut",
    b"Text",
    b"TrapNet",
    b"Underline",
    b"Watermark",
    b"Widget",
];

/// What the renderer draws as nothing.
const NOTHING: &[u8] = b"<< >>";

/// Prepares the annotations of a document, page by page.
pub(crate) struct Annotations<'o, 'a> {
    objects: &'o Objects<'a>,
    layers: &'o Layers,
    seen: HashSet<ObjectIdentifier>,
    /// The form, read when the first field needs it.
    form: Option<Form<'a>>,
    /// Whether the list of a page could not be written again.
    pub left_as_is: bool,
}

/// The normal appearance of an annotation.
enum Normal {
    /// It has this one.
    Is(ObjRef),
    /// It has some, but none for the state that it is in: a box without its
    /// mark.
    Blank,
    /// It has none, or none that can be read.
    Missing,
}

impl<'o, 'a> Annotations<'o, 'a> {
    pub fn new(objects: &'o Objects<'a>, layers: &'o Layers) -> Self {
        Annotations {
            objects,
            layers,
            seen: HashSet::new(),
            form: None,
            left_as_is: false,
        }
    }

    /// Prepares the annotations of a page.
    pub fn prepare(&mut self, page: &Page<'a>, update: &mut Update) {
        let Some(list) = page.raw().get::<Array<'a>>(b"Annots") else { return };
        // The list, should it have to be written again: some annotations
        // stand in it, and are no objects of their own.
        let (mut written, mut differs) = (Vec::new(), false);
        for (id, annotation) in self.objects.items(&list) {
            if update.is_full() {
                return;
            }
            let Some(Object::Dict(annotation)) = annotation else {
                // The renderer would leave out all that follow.
                differs = true;
                continue;
            };
            written.push(b' ');
            if let Some(id) = id {
                written.extend(id.to_string().into_bytes());
                // Several pages may have the same one.
                if self.seen.insert(id.into())
                    && let Some(new) = self.on_paper(&annotation, update)
                {
                    update.replace(id.into(), new);
                }
            } else if let Some(new) = self.on_paper(&annotation, update) {
                written.extend(new);
                differs = true;
            } else {
                written.extend_from_slice(annotation.data());
            }
        }
        if differs {
            self.write_list(page, &written, update);
        }
    }

    fn write_list(
        &mut self,
        page: &Page<'a>,
        list: &[u8],
        update: &mut Update,
    ) {
        let page = page.raw();
        let list = [b"[".as_slice(), list, b" ]"].concat();
        if let Some(id) = page.get_ref(b"Annots") {
            return update.replace(id.into(), list);
        }
        // A page that is no object of its own has the number of what it
        // stands in.
        let own = page.obj_id().filter(|id| {
            let same: Option<Dict<'_>> = self.objects.pdf().xref().get(*id);
            same.is_some_and(|same| {
                same.data().as_ptr() == page.data().as_ptr()
            })
        });
        let entries = page.data().strip_suffix(b">>");
        let (Some(id), Some(entries)) = (own, entries) else {
            self.left_as_is = true;
            return;
        };
        // Of two entries with one name the renderer takes the last.
        update.replace(id, [entries, b" /Annots ", &list, b" >>"].concat());
    }

    /// What the renderer is given instead of an annotation; `None` when it
    /// does right with what is there.
    fn on_paper(
        &mut self,
        annotation: &Dict<'a>,
        update: &mut Update,
    ) -> Option<Vec<u8>> {
        let flags = annotation.get::<u32>(b"F").unwrap_or(0);
        let on_screen = flags & (HIDDEN | NO_VIEW) == 0;
        // What it draws, or warns of.
        let looked_at = on_screen && annotation.contains_key(b"AP");
        let nothing = || looked_at.then(|| NOTHING.to_vec());
        if !self.is_printed(annotation, flags) {
            return nothing();
        }
        let normal = normal_appearance(annotation);
        let has_appearance = !matches!(normal, Normal::Missing);
        if let Some(drawing) = self.draw(annotation, has_appearance) {
            return Some(drawing.add_to(update));
        }
        let marks_text = annotation.get::<Name<'a>>(b"Subtype").as_deref()
            == Some(b"Highlight");
        match normal {
            Normal::Is(_) if on_screen && !marks_text => None,
            Normal::Is(form) => {
                let below = marks_text
                    .then(|| multiplied(self.objects, form, update))
                    .flatten();
                if below.is_none() && on_screen {
                    return None;
                }
                let form = below.unwrap_or(form);
                let Rect { x0, y0, x1, y1 } = annotation.get(b"Rect")?;
                let rect = format!("/Rect [{x0} {y0} {x1} {y1}]");
                Some(format!("<< {rect} /AP << /N {form} >> >>").into())
            }
            Normal::Blank => nothing(),
            Normal::Missing => None,
        }
    }

    /// Draws an annotation that has no appearance, or whose appearance is to be
    /// made anew.
    fn draw(
        &mut self,
        annotation: &Dict<'a>,
        has_appearance: bool,
    ) -> Option<Appearance> {
        let kind = annotation.get::<Name<'a>>(b"Subtype")?;
        let widget = &*kind == b"Widget";
        if has_appearance && !widget {
            return None;
        }
        // A stamp whose look cannot be read is no DRAFT. The renderer warns.
        if &*kind == b"Stamp" && annotation.contains_key(b"AP") {
            return None;
        }
        let objects = self.objects;
        let form = self.form.get_or_insert_with(|| Form::read(objects));
        if !widget {
            return comments::draw(objects, &mut form.fonts, annotation);
        }
        if has_appearance && !form.needs_appearances {
            return None;
        }
        form.draw(objects, annotation, has_appearance)
    }

    // ANCHOR: printed
    fn is_printed(&self, annotation: &Dict<'a>, flags: u32) -> bool {
        let kind = annotation.get::<Name<'a>>(b"Subtype");
        let kind = kind.as_deref().unwrap_or_default();
        let standard = STANDARD_KINDS.contains(&kind);
        flags & PRINT != 0
            && flags & HIDDEN == 0
            && (standard || flags & INVISIBLE == 0)
            && kind != b"Popup"
            && self.layers.show(self.objects, annotation)
    }
    // ANCHOR_END: printed
}

fn normal_appearance(annotation: &Dict<'_>) -> Normal {
    let Some(appearances) = annotation.get::<Dict<'_>>(b"AP") else {
        return Normal::Missing;
    };
    let (stream, id) = match appearances.get::<Object<'_>>(b"N") {
        Some(Object::Stream(stream)) => (stream, appearances.get_ref(b"N")),
        Some(Object::Dict(states)) => {
            // As the renderer does it.
            let own = annotation.get::<Name<'_>>(b"AS");
            let own = own.filter(|it| states.get::<Stream<'_>>(it).is_some());
            let state = own.as_deref().unwrap_or(b"Off");
            let Some(stream) = states.get::<Stream<'_>>(state) else {
                return Normal::Blank;
            };
            (stream, states.get_ref(state))
        }
        _ => return Normal::Missing,
    };
    let can_be_drawn = stream.dict().get::<[f32; 4]>(b"BBox").is_some();
    id.filter(|_| can_be_drawn).map_or(Normal::Missing, Normal::Is)
}
