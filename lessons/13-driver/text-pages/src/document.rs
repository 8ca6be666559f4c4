//! The PDF around the content of its pages: they share their fonts.

use pdf_writer::{Name, Pdf, Rect, Ref};

use crate::alphabet::Alphabets;

/// A4, in points.
pub(crate) const PAPER: (f32, f32) = (595.28, 841.89);

/// A PDF whose pages show the letters of these alphabets, as the fonts `F0`,
/// `F1` and so on.
pub(crate) fn write_pdf(alphabets: &Alphabets, pages: &[String]) -> Vec<u8> {
    let mut free = Ref::new(1);
    let (catalog, tree, resources) = (free.bump(), free.bump(), free.bump());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let mut kids = Vec::with_capacity(pages.len());
    for drawing in pages {
        let (id, content) = (free.bump(), free.bump());
        kids.push(id);
        pdf.stream(content, drawing.as_bytes());
        let mut dict = pdf.page(id);
        dict.parent(tree).contents(content);
        dict.pair(Name(b"Resources"), resources);
    }
    pdf.pages(tree)
        .media_box(Rect::new(0.0, 0.0, PAPER.0, PAPER.1))
        .count(kids.len() as i32)
        .kids(kids);
    let fonts: Vec<Ref> = (0..alphabets.len()).map(|_| free.bump()).collect();
    let mut dict = pdf.indirect(resources).dict();
    let mut names = dict.insert(Name(b"Font")).dict();
    for (at, font) in fonts.iter().enumerate() {
        names.pair(Name(format!("F{at}").as_bytes()), *font);
    }
    drop(names);
    drop(dict);
    alphabets.write(&mut pdf, &fonts, &mut free);
    pdf.finish()
}
