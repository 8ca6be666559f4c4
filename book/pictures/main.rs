//! Draws the book's pictures into `book/src/pictures`, or into the folder that
//! is named: `cargo run --bin pictures [FOLDER]`.
//!
//! The picture of the parts is drawn from what cargo knows of the workspace, so
//! that it cannot be out of date.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

mod drawing;
mod monitoring;
mod parts;
mod printing;

fn main() -> Result<(), Box<dyn Error>> {
    let book = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| book.join("src/pictures"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    for (name, picture) in [
        ("parts.svg", parts::picture(&book.join("Cargo.toml"))?),
        ("printing.svg", printing::picture()),
        ("monitoring.svg", monitoring::picture()),
    ] {
        fs::write(folder.join(name), picture)?;
        println!("{}", folder.join(name).display());
    }
    Ok(())
}
