//! A text: what is no PDF becomes one.

use std::error::Error;

use driver::{Document, Settings};

const LETTER: &str = "Dear printer,\n\nplease.\n\x0CThank you.\n";

// ANCHOR: text
pub fn play() -> Result<(), Box<dyn Error>> {
    // The bytes say what it is; a form feed begins a new page.
    let document = Document::open(LETTER.as_bytes().to_vec())?;
    println!("{}: {} pages", document.format(), document.page_count());

    let mut stream = Vec::new();
    let settings = Settings::default();
    let mut page_done = |page| println!("page {page} is drawn");
    driver::print(&document, &settings, &mut stream, &mut page_done)?;
    println!("{} for the printer", crate::size(stream.len() as u64));
    Ok(())
}
// ANCHOR_END: text
