//! The fonts that a document uses: those that its pages' resources name, and
//! the resources of what they show.

use std::collections::HashSet;

use hayro_syntax::Pdf;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Array, Dict, ObjRef, Object, Stream};
use hayro_syntax::page::Resources;

/// The most fonts of a document that are looked at, and the most of the
/// objects that may have some.
const MOST: usize = 100_000;

/// The fonts of a document.
#[derive(Default)]
pub(crate) struct UsedFonts<'a> {
    /// Those that are objects of their own, with their references.
    pub objects: Vec<(ObjRef, Dict<'a>)>,
    /// Those that are written where they are named.
    pub inline: Vec<Dict<'a>>,
}

impl UsedFonts<'_> {
    /// Looks for them on every page.
    pub(crate) fn of(pdf: &Pdf) -> UsedFonts<'_> {
        let mut search = Search {
            fonts: UsedFonts::default(),
            seen: HashSet::new(),
            seen_inline: HashSet::new(),
            resources: Vec::new(),
        };
        for page in pdf.pages().iter() {
            search.resources.push(page.resources().clone());
            if let Some(list) = page.raw().get::<Array<'_>>(keys::ANNOTS) {
                for annotation in list.iter::<Dict<'_>>() {
                    search.look_at_appearance(&annotation);
                }
            }
            // Page by page, so that no list of all resources is made.
            while let Some(resources) = search.resources.pop() {
                search.look_at(&resources);
            }
        }
        search.fonts
    }
}

struct Search<'a> {
    fonts: UsedFonts<'a>,
    seen: HashSet<ObjRef>,
    /// Where in the document's bytes the inline fonts begin.
    seen_inline: HashSet<*const u8>,
    resources: Vec<Resources<'a>>,
}

impl<'a> Search<'a> {
    fn look_at(&mut self, resources: &Resources<'a>) {
        for name in resources.fonts.keys() {
            let reference = resources.fonts.get_ref(&*name);
            if reference.is_some_and(|id| !self.is_new(id)) {
                continue;
            }
            let Some(font) = resources.fonts.get::<Dict<'_>>(&name) else {
                continue;
            };
            let is_inline = reference.is_none();
            if is_inline && !self.is_new_inline(&font) {
                continue;
            }
            self.look_inside(&font);
            match reference {
                Some(id) => self.fonts.objects.push((id, font)),
                None => self.fonts.inline.push(font),
            }
        }
        for list in [&resources.x_objects, &resources.patterns] {
            for name in list.keys() {
                let reference = list.get_ref(&*name);
                if !reference.is_some_and(|id| self.is_new(id)) {
                    continue;
                }
                if let Some(stream) = list.get::<Stream<'_>>(&name) {
                    self.look_inside(stream.dict());
                }
            }
        }
    }

    /// Whether an object was not seen before.
    fn is_new(&mut self, id: ObjRef) -> bool {
        self.seen.len() < MOST && self.seen.insert(id)
    }

    /// Whether an inline font was not seen before.
    fn is_new_inline(&mut self, font: &Dict<'a>) -> bool {
        self.seen_inline.len() < MOST
            && self.seen_inline.insert(font.data().as_ptr())
    }

    /// Forms, patterns and the fonts whose letters are drawings have resources
    /// of their own.
    fn look_inside(&mut self, dict: &Dict<'a>) {
        if let Some(resources) = dict.get::<Dict<'_>>(keys::RESOURCES) {
            self.resources.push(Resources::new(resources));
        }
    }

    fn look_at_appearance(&mut self, annotation: &Dict<'a>) {
        let Some(appearances) = annotation.get::<Dict<'_>>(keys::AP) else {
            return;
        };
        match appearances.get::<Object<'_>>(keys::N) {
            Some(Object::Stream(stream)) => self.look_inside(stream.dict()),
            Some(Object::Dict(states)) => {
                for state in states.keys() {
                    if let Some(stream) = states.get::<Stream<'_>>(&state) {
                        self.look_inside(stream.dict());
                    }
                }
            }
            _ => {}
        }
    }
}
