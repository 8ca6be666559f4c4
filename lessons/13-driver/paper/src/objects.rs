//! The objects of a document, read with a budget.

use std::cell::Cell;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, ObjRef, Object, Rect};

/// The most items of lists that are read. A page of text may have a hundred
/// links; a short file can name one long list thousands of times.
const MOST_ITEMS: u32 = 2_000_000;
/// How far up a field's parents are asked for what it does not say itself.
const MOST_PARENTS: u32 = 32;

/// Reads the objects of a document, up to a number of items.
pub(crate) struct Objects<'a> {
    pdf: &'a Pdf,
    left: Cell<u32>,
}

impl<'a> Objects<'a> {
    pub fn new(pdf: &'a Pdf) -> Objects<'a> {
        Objects { pdf, left: Cell::new(MOST_ITEMS) }
    }

    pub fn pdf(&self) -> &'a Pdf {
        self.pdf
    }

    /// Whether the document's lists were too long to be read to their end.
    pub fn used_up(&self) -> bool {
        self.left.get() == 0
    }

    /// The items of a list, each as it stands and as the object that it is or
    /// refers to. An item that cannot be read ends no list.
    pub fn items(
        &self,
        list: &Array<'a>,
    ) -> impl Iterator<Item = (Option<ObjRef>, Option<Object<'a>>)> {
        list.raw_iter().map_while(|item| {
            let left = self.left.get().checked_sub(1)?;
            self.left.set(left);
            Some(match item {
                MaybeRef::Ref(id) => (Some(id), self.pdf.xref().get(id.into())),
                MaybeRef::NotRef(object) => (None, Some(object)),
            })
        })
    }

    /// The objects that a list refers to.
    pub fn references(&self, list: Option<Array<'a>>) -> Vec<ObjRef> {
        let list = list.unwrap_or_default();
        self.items(&list).filter_map(|(id, _)| id).collect()
    }

    /// The numbers in a list; what is not a number is left out.
    pub fn numbers(&self, list: Option<Array<'a>>) -> Vec<f64> {
        let list = list.unwrap_or_default();
        self.items(&list)
            .filter_map(|(_, item)| match item {
                Some(Object::Number(number)) => Some(limit(number.as_f64())),
                _ => None,
            })
            .collect()
    }
}

/// What a field says of itself, or one of its parents says of it (ISO 32000-2,
/// 12.7.4.1).
pub(crate) fn inherited<'a>(
    field: &Dict<'a>,
    key: &[u8],
) -> Option<Object<'a>> {
    let mut field = field.clone();
    for _ in 0..MOST_PARENTS {
        if let Some(value) = field.get::<Object<'a>>(key) {
            return Some(value);
        }
        field = field.get::<Dict<'a>>(b"Parent")?;
    }
    None
}

/// Where an annotation lies on its page.
pub(crate) fn place(annotation: &Dict<'_>) -> Option<kurbo::Rect> {
    let Rect { x0, y0, x1, y1 } = annotation.get(b"Rect")?;
    Some(kurbo::Rect::new(limit(x0), limit(y0), limit(x1), limit(y1)))
}

/// A measure on a page, in points: what is far beyond every page, or no number
/// at all, is taken back to it.
pub(crate) fn limit(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 }
}
