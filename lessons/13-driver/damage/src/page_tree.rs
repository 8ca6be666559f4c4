//! The page tree: the pages that a document says it has, and which of them can
//! be read.
//!
//! The renderer leaves out a page that it cannot read, and one that it has seen
//! before. On paper that would be a missing page without a word, and every
//! page after it would have another number.

use std::collections::{HashMap, HashSet};

use findings::Findings;
use hayro_syntax::Pdf;
use hayro_syntax::object::array::ArrayIter;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier,
};

/// The most pages that are told apart.
const MOST_PAGES: usize = 1_000_000;

/// The pages of a document in their order.
pub struct PageTree {
    /// The place of each page among the renderer's; `None` when it cannot be
    /// read.
    places: Vec<Option<usize>>,
}

impl PageTree {
    /// Reads the tree as the renderer does (ISO 32000-2, 7.7.3), and notes
    /// what the renderer leaves out.
    pub fn read(pdf: &Pdf, findings: &mut Findings) -> PageTree {
        let root = pdf
            .xref()
            .get::<Dict<'_>>(pdf.xref().root_id())
            .and_then(|catalog| catalog.get::<Dict<'_>>(keys::PAGES));
        let mut walk = Walk::new(pdf);
        let read = root.as_ref().and_then(|root| walk.read(root));
        let pages = pdf.pages();
        if read.is_none() || !walk.found_what_is_in(pages) {
            findings.loss(
                None,
                "the list of pages is damaged: the pages that were found are \
                 printed in the order in which they lie in the file, and some \
                 may be missing",
            );
            let places = (0..pages.len()).map(Some).collect();
            return PageTree { places };
        }
        let said = root.and_then(|root| root.get::<u32>(keys::COUNT));
        walk.report(said.unwrap_or(0), findings);
        PageTree { places: walk.places }
    }

    /// How many pages the document has, those that cannot be read included.
    pub fn page_count(&self) -> usize {
        self.places.len()
    }

    /// The place of page `number` (from 1) among the renderer's pages; `None`
    /// when it cannot be read or there is no such page.
    pub fn place(&self, number: u32) -> Option<usize> {
        *self.places.get(number.checked_sub(1)? as usize)?
    }
}

/// A walk through the tree.
struct Walk<'a> {
    pdf: &'a Pdf,
    places: Vec<Option<usize>>,
    /// The object of each page, in the renderer's order.
    ids: Vec<Option<ObjectIdentifier>>,
    by_id: HashMap<ObjectIdentifier, usize>,
    branches: HashSet<ObjectIdentifier>,
    /// Whether a branch was met a second time.
    branch_again: bool,
}

impl<'a> Walk<'a> {
    fn new(pdf: &'a Pdf) -> Walk<'a> {
        Walk {
            pdf,
            places: Vec::new(),
            ids: Vec::new(),
            by_id: HashMap::new(),
            branches: HashSet::new(),
            branch_again: false,
        }
    }

    fn read(&mut self, root: &Dict<'a>) -> Option<()> {
        self.branches.extend(root.obj_id());
        let mut open = vec![kids(root)?];
        while let Some(siblings) = open.last_mut() {
            let Some(kid) = siblings.next() else {
                open.pop();
                continue;
            };
            if self.places.len() == MOST_PAGES {
                break;
            }
            open.extend(self.read_kid(kid));
        }
        Some(())
    }

    /// Takes a page in, or returns the kids of a branch.
    fn read_kid(&mut self, kid: MaybeRef<Object<'a>>) -> Option<ArrayIter<'a>> {
        let (id, dict) = match kid {
            MaybeRef::Ref(id) => {
                let id = id.into();
                if let Some(place) = self.by_id.get(&id) {
                    // A page may come twice, such as an empty one.
                    self.places.push(Some(*place));
                    return None;
                }
                if self.branches.contains(&id) {
                    self.branch_again = true;
                    return None;
                }
                (Some(id), self.pdf.xref().get::<Dict<'a>>(id))
            }
            MaybeRef::NotRef(object) => (None, object.into_dict()),
        };
        let Some(dict) = dict else {
            self.places.push(None);
            return None;
        };
        if dict.get::<Name<'a>>(keys::TYPE).as_deref() == Some(keys::PAGES) {
            self.branches.extend(id);
            let below = kids(&dict);
            if below.is_none() {
                self.places.push(None);
            }
            return below;
        }
        let place = self.ids.len();
        self.ids.push(dict.obj_id());
        self.by_id.extend(id.map(|id| (id, place)));
        self.places.push(Some(place));
        None
    }

    /// Whether the renderer has found the same pages in the same order.
    fn found_what_is_in(&self, pages: &[hayro_syntax::page::Page<'_>]) -> bool {
        let theirs = pages.iter().map(|page| page.raw().obj_id());
        theirs.eq(self.ids.iter().copied())
    }

    fn report(&self, said: u32, findings: &mut Findings) {
        for (number, place) in (1..).zip(&self.places) {
            if place.is_none() {
                let text = "the page is damaged and cannot be read; it is \
                            missing";
                findings.loss(Some(number), text);
            }
        }
        let found = self.places.len();
        if said as usize > found {
            findings.loss(
                None,
                format!(
                    "of the {said} pages that the document says it has, only \
                     {found} can be found"
                ),
            );
        }
        if self.branch_again {
            let text = "a group of pages comes twice in the list of pages; \
                        it is printed once";
            findings.loss(None, text);
        }
        if found == MOST_PAGES {
            let text = "the document has more than a million pages; the rest \
                        is missing";
            findings.loss(None, text);
        }
    }
}

fn kids<'a>(branch: &Dict<'a>) -> Option<ArrayIter<'a>> {
    Some(branch.get::<Array<'a>>(keys::KIDS)?.raw_iter())
}
