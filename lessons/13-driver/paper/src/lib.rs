//! Paper's rules: prepares a document for paper before it is drawn.
//!
//! The renderer draws what a screen shows. On paper other annotations and other
//! layers are shown, and the values of a form and the lines of a comment are
//! wanted even where the document leaves their looks to the viewer. What
//! differs is changed in memory, as a PDF editor changes a file: by an update,
//! which is appended. Most documents need none, and stay as they are.
//!
//! ```no_run
//! use hayro::hayro_syntax::Pdf;
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
mod text;
mod update;

use hayro::hayro_syntax::Pdf;

use annotations::Annotations;
use layers::Layers;
use objects::Objects;
use update::Update;

/// Prepares a document for paper. Its pages stay what they are, in their order.
/// What is lost, because it cannot be prepared, is told to `loss` in a sentence.
pub fn prepare(pdf: Pdf, loss: &mut dyn FnMut(&str)) -> Pdf {
    let Some(update) = update(&pdf, loss) else { return pdf };
    let prepared = update
        .append_to(&pdf)
        .and_then(|bytes| Pdf::new(bytes).ok())
        .filter(|new| has_pages_of(new, &pdf));
    prepared.unwrap_or_else(|| {
        loss(
            "the document is damaged: its comments, form fields and layers \
             are printed as a screen shows them",
        );
        pdf
    })
}

/// What has to be changed in a document; `None` when it is right as it is.
fn update(pdf: &Pdf, loss: &mut dyn FnMut(&str)) -> Option<Update> {
    let mut update = Update::default();
    let objects = Objects::new(pdf);
    let layers = Layers::prepare(&objects, &mut update);
    let mut annotations = Annotations::new(&objects, &layers);
    for page in pdf.pages().iter() {
        annotations.prepare(page, &mut update);
    }
    if objects.used_up() || update.is_full() {
        loss(
            "the document has more comments, form fields and layers than we \
             read; some are missing, or are printed as a screen shows them",
        );
    }
    Some(update).filter(|update| !update.is_empty())
}

/// Whether two documents have the same pages in the same order.
fn has_pages_of(new: &Pdf, old: &Pdf) -> bool {
    let ids = |pdf: &Pdf| -> Vec<_> {
        pdf.pages().iter().map(|page| page.raw().obj_id()).collect()
    };
    ids(new) == ids(old)
}
