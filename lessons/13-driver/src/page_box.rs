//! The box of a page: the part of the plane that becomes paper.
//!
//! Where a document gives a page no area, the renderer clips all of its content
//! away. Such a page gets the paper that the printer has anyway.

use damage::PageTree;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, ObjectIdentifier};
use hayro_syntax::page::{A4, Page};
use paper::Update;

use crate::Findings;

/// The least width and height of a page in points.
const LEAST: f64 = 1.0;

/// Gives each page without an area one, which is noted.
pub(crate) fn mend(pdf: Pdf, tree: &PageTree, findings: &mut Findings) -> Pdf {
    let mut update = Update::new(&pdf);
    for number in (1..).take(tree.page_count()) {
        let Some(place) = tree.place(number) else { continue };
        let page = &pdf.pages()[place];
        let crop = page.intersected_crop_box();
        if crop.width() >= LEAST && crop.height() >= LEAST {
            continue;
        }
        let media = page.media_box();
        let (area, text) = if media.width() >= LEAST && media.height() >= LEAST
        {
            let text = "the document crops the page to nothing; it is \
                            printed uncropped";
            (media, text)
        } else {
            let text = "the document gives the page no size; it is \
                            printed as A4";
            (A4, text)
        };
        let corners =
            format!("[{} {} {} {}]", area.x0, area.y0, area.x1, area.y1);
        let boxes = format!(" /MediaBox {corners} /CropBox {corners} >>");
        match entries(&pdf, page) {
            Some((id, entries)) => {
                update.replace(id, [entries, boxes.as_bytes()].concat());
                findings.note(Some(number), text);
            }
            None => findings.loss(
                Some(number),
                "the document gives the page no size; it is printed blank",
            ),
        }
    }
    update.apply(pdf).unwrap_or_else(|pdf| {
        let text = "a page without a size is printed blank, for the document \
                    is damaged";
        findings.loss(None, text);
        pdf
    })
}

/// The name of a page's object, and its entries without the end of their list;
/// `None` when the page is no object of its own.
fn entries<'a>(
    pdf: &'a Pdf,
    page: &Page<'a>,
) -> Option<(ObjectIdentifier, &'a [u8])> {
    let id = page.raw().obj_id()?;
    let data = page.raw().data();
    let object = pdf.xref().get::<Dict<'a>>(id)?;
    let same = object.data().as_ptr() == data.as_ptr();
    // Of two entries with one name the renderer takes the last.
    same.then_some((id, data.strip_suffix(b">>")?))
}
