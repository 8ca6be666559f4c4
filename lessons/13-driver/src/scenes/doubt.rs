//! A document of which not all can be read: what a driver says, and what it
//! should say.

use std::error::Error;
use std::{env, fs, io};

use driver::{Document, Settings, isolated};

use super::sample;

// ANCHOR: doubt
pub fn play() -> Result<(), Box<dyn Error>> {
    // A letter of three pages: the second breaks off, the third is missing.
    let torn = sample::torn();
    let settings = Settings::default();

    // What can be drawn is drawn, and nothing has failed.
    let document = Document::open(torn.clone())?;
    let printed =
        driver::print(&document, &settings, &mut io::sink(), &mut |_| ())?;
    println!("drawn: {} pages, without an error", printed.pages);

    // The check reads every page, and says what will not be on paper.
    let file = format!("torn-{}.pdf", std::process::id());
    let file = env::temp_dir().join(file);
    fs::write(&file, torn)?;
    let summary = isolated::check(&file, &settings);
    fs::remove_file(&file)?;
    for finding in summary?.findings {
        println!("{finding}");
    }
    Ok(())
}
// ANCHOR_END: doubt
