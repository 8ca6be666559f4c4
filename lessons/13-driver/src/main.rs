//! Lesson 13: a printer driver, from a PDF to the bytes that a printer eats.
//!
//! You will see a page checked, placed on paper, drawn in bands, squeezed,
//! and wrapped in PCL XL, operator by operator; and then what happens to a
//! page that would never be done.
//!
//! ```console
//! $ cargo run --bin lesson13
//! $ cargo run --bin lesson13 render tests/samples/report.pdf > report.pxl
//! ```
//!
//! The second command prints any PDF into a file. About 30 minutes.

mod operators;
mod render;
mod sample;

use driver::isolated::{self, Limits};
use driver::{Document, DocumentError, Settings, packbits};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, io};

fn main() -> ExitCode {
    // This program starts itself again to draw what strangers send.
    isolated::serve_if_child();

    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("render") => render::main(&arguments[1..]),
        _ => lesson(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lesson13: {error}");
            ExitCode::FAILURE
        }
    }
}

fn lesson() -> Result<(), Box<dyn Error>> {
    let settings = Settings::default();

    // A driver first asks what it was given.
    println!("1. The document");
    let page = sample::ghost();
    let document = Document::open(page.clone())?;
    let (width, height) = document.page_size(1).expect("it has one page");
    println!("   a PDF, {} page, {width} × {height} points", 1);
    for (what, bytes) in [
        ("half of it", page[..page.len() / 2].to_vec()),
        ("a picture", b"\x89PNG\r\n\x1A\n".to_vec()),
        ("a letter", b"Dear printer,".to_vec()),
    ] {
        println!("   {what}: {}", refusal(bytes));
    }

    // The page is given a sheet, and every dot on it a place.
    println!("\n2. The sheet");
    let sheet = document.sheet(1, &settings).expect("it has one page");
    println!(
        "   {} at {} dpi: {} dots in each of {} rows, {} in colour",
        sheet.media,
        settings.dpi,
        sheet.width,
        sheet.height,
        size(u64::from(sheet.width) * u64::from(sheet.height) * 3)
    );

    // Most of paper is white, and white is one byte said very often.
    println!("\n3. A row, packed");
    let row = [255, 255, 255, 255, 255, 255, 0, 40, 200, 255, 255, 255, 255];
    let mut packets = Vec::new();
    packbits::encode(&row, &mut packets);
    println!("   row      {row:?}\n   packets  {packets:?}");

    // The language around it: values, their names, then the verb.
    println!("\n4. The page as PCL XL");
    let mut stream = Vec::new();
    let printed =
        driver::print(&document, &settings, &mut stream, &mut |_| ())?;
    operators::explain(&stream)?;
    println!("   {} in all", size(printed.bytes));

    // A page of ten forms, each of ten forms, each of ten forms ...
    println!("\n5. A page that would never be done");
    let endless = env::temp_dir().join(format!("{}.pdf", std::process::id()));
    fs::write(&endless, sample::endless())?;
    let limits =
        Limits { page_time: Duration::from_secs(1), ..Limits::default() };
    let outcome = isolated::print(
        &endless,
        &settings,
        limits,
        &mut io::sink(),
        &mut |_| (),
    );
    fs::remove_file(&endless)?;
    match outcome {
        Ok(_) => println!("   was done after all"),
        Err(error) => println!("   {error}"),
    }
    println!("   The child that drew it is gone. We are still here.");
    Ok(())
}

fn refusal(bytes: Vec<u8>) -> DocumentError {
    Document::open(bytes).err().expect("these are no documents")
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
