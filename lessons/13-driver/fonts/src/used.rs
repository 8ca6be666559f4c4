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

/// Every font that is an object of its own, with its reference.
pub(crate) fn used_fonts(pdf: &Pdf) -> Vec<(ObjRef, Dict<'_>)> {
    let mut search = Search {
        fonts: Vec::new(),
        seen: HashSet::new(),
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

struct Search<'a> {
    fonts: Vec<(ObjRef, Dict<'a>)>,
    seen: HashSet<ObjRef>,
    resources: Vec<Resources<'a>>,
}

impl<'a> Search<'a> {
    fn look_at(&mut self, resources: &Resources<'a>) {
        for name in resources.fonts.keys() {
            let Some(id) = self.new_reference(&resources.fonts, &name) else {
                continue;
            };
            if let Some(font) = resources.fonts.get::<Dict<'_>>(&name) {
                self.look_inside(&font);
                self.fonts.push((id, font));
            }
        }
        for list in [&resources.x_objects, &resources.patterns] {
            for name in list.keys() {
                if self.new_reference(list, &name).is_none() {
                    continue;
                }
                if let Some(stream) = list.get::<Stream<'_>>(&name) {
                    self.look_inside(stream.dict());
                }
            }
        }
    }

    /// The reference of an entry that was not seen before.
    fn new_reference(&mut self, list: &Dict<'a>, key: &[u8]) -> Option<ObjRef> {
        let id = list.get_ref(key)?;
        let is_new = self.seen.len() < MOST && self.seen.insert(id);
        is_new.then_some(id)
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
