//! Lesson 13: a printer driver, from a PDF to the bytes that a printer eats.
//!
//! You will see a document checked, its page placed on paper, a row of dots
//! packed, a band become bytes, and a page made of bands; and then what
//! happens to a page that cannot be read, and to one that would never be done.
//! About 35 minutes.
//!
//! ```console
//! $ cargo run --bin lesson13
//! $ cargo run --bin lesson13 band
//! ```
//!
//! Any PDF becomes a file for the printer:
//!
//! ```console
//! $ cargo run --bin lesson13 render tests/samples/report.pdf > report.pxl
//! ```

mod scenes;

use std::error::Error;
use std::{env, process};

use driver::{Document, isolated};

use scenes::{band, doubt, endless, page, render, row, sample, sheet, text};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 8] =
    ["document", "text", "sheet", "row", "band", "page", "doubt", "endless"];

// ANCHOR: document
/// A driver first asks what it was given.
fn document() -> Result<(), Box<dyn Error>> {
    let ghost = sample::ghost();
    let document = Document::open(ghost.clone())?;
    let (width, height) = document.page_size(1).expect("it has one page");
    println!("a PDF: its page is {width} × {height} points large");

    // What cannot be printed is refused in words that help its owner.
    for (what, bytes) in [
        ("half of it", ghost[..ghost.len() / 2].to_vec()),
        ("an animation", b"GIF89a".to_vec()),
        ("half a picture", b"\x89PNG\r\n\x1A\n".to_vec()),
    ] {
        match Document::open(bytes) {
            Ok(_) => println!("{what}: is a document"),
            Err(error) => println!("{what}: {error}"),
        }
    }
    Ok(())
}
// ANCHOR_END: document

/// A number of bytes, rounded for a person.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // This program starts itself again to draw what strangers send.
    isolated::serve_if_child();
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "document" => document(),
        "text" => text::play(),
        "sheet" => sheet::play(),
        "row" => {
            row::play();
            Ok(())
        }
        "band" => band::play(),
        "page" => page::play(),
        "doubt" => doubt::play(),
        "endless" => endless::play(),
        // The driver as a program.
        "render" => render::main(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
