//! The sheet: a page gets paper, and every dot on it a place.

use std::error::Error;

use driver::{Document, Settings};

use super::sample;

pub fn play() -> Result<(), Box<dyn Error>> {
    let document = Document::open(sample::ghost())?;
    let settings = Settings::default();
    let sheet = document.sheet(1, &settings).expect("it has one page");
    let dots = u64::from(sheet.width) * u64::from(sheet.height);
    println!(
        "{} at {} dpi: {} dots in each of {} rows, {} in colour",
        sheet.media,
        settings.dpi,
        sheet.width,
        sheet.height,
        crate::size(dots * 3)
    );
    Ok(())
}
