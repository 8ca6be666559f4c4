//! Paper's rules: prepares a document for paper before it is drawn.
//!
//! The renderer draws what a screen shows. On paper other annotations and other
//! layers are shown, and the values of a form and the lines of a comment are
//! wanted even where the document leaves their looks to the viewer. What
//! differs is changed in memory, as a PDF editor changes a file: by an update,
//! which is appended. Most documents need none, and stay as they are.
//!
//! ```no_run
//! use hayro_syntax::Pdf;
//!
//! let bytes = std::fs::read("form.pdf").expect("it can be read");
//! let form = Pdf::new(bytes).expect("it is a PDF");
//! let form = paper::prepare(form, &mut |loss| println!("{loss}"));
//! # drop(form);
//! ```

mod annotations;
mod appearance;
mod comments;
mod fields;
mod layers;
mod objects;
mod permission;
mod text;
mod update;

use hayro_syntax::Pdf;

pub use permission::note as permission_note;
pub use update::Update;

use annotations::Annotations;
use layers::Layers;
use objects::Objects;

/// Prepares a document for paper. Its pages stay what they are, in their order.
/// What is lost, because it cannot be prepared, is told to `loss` in a sentence.
pub fn prepare(pdf: Pdf, loss: &mut dyn FnMut(&str)) -> Pdf {
    let update = update(&pdf, loss);
    update.apply(pdf).unwrap_or_else(|pdf| {
        loss(
            "the document is damaged: its comments, form fields and layers \
             are printed as a screen shows them",
        );
        pdf
    })
}

/// What has to be changed in a document.
fn update(pdf: &Pdf, loss: &mut dyn FnMut(&str)) -> Update {
    let mut update = Update::new(pdf);
    let objects = Objects::new(pdf);
    let layers = Layers::prepare(&objects, &mut update);
    let mut annotations = Annotations::new(&objects, &layers);
    for page in pdf.pages().iter() {
        annotations.prepare(page, &mut update);
    }
    if annotations.left_as_is {
        loss(
            "a page is damaged: its comments and form fields are printed as a \
             screen shows them",
        );
    }
    if objects.used_up() || update.is_full() {
        loss(
            "the document has more comments, form fields and layers than we \
             read; some are missing, or are printed as a screen shows them",
        );
    }
    update
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_document_that_is_right_stays_as_it_is() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        for name in ["report", "forms", "owner-password", "mixed"] {
            let path = workspace.join(format!("tests/samples/{name}.pdf"));
            let bytes = std::fs::read(path).expect("a sample is there");
            let pdf = Pdf::new(bytes).expect("it opens");
            let before = pdf.data().as_ref().as_ptr();
            let pdf = prepare(pdf, &mut |loss| panic!("{loss}"));
            // Not a copy.
            assert_eq!(pdf.data().as_ref().as_ptr(), before, "{name}");
        }
    }

    #[test]
    fn a_document_can_be_updated_again() {
        let file = "%PDF-1.7\n\
            1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
            2 0 obj\n<< /Kids [3 0 R] /Count 1 >>\nendobj\n\
            3 0 obj\n<< /Type /Page >>\nendobj\n\
            trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n";
        let mut pdf = Pdf::new(file.as_bytes().to_vec()).expect("it opens");
        let mut added = Vec::new();
        for number in 0..3 {
            let mut update = Update::new(&pdf);
            added.push(update.add(number.to_string()));
            pdf = update.apply(pdf).ok().expect("its pages are the same");
        }
        let numbers: Vec<Option<i32>> =
            added.iter().map(|id| pdf.xref().get((*id).into())).collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2)]);
    }
}
