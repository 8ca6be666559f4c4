//! Data that are passed on unchanged, and data that are not passed on.

use std::error::Error;

use printer::{RawScanner, Refused};

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== Data to pass on unseen");
    let jobs: [(&str, &[&[u8]]); 4] = [
        ("a page", &[b"%!PS-Adobe-3.0\n", b"showpage\n"]),
        ("the disk", &[b"@PJL FSDELETE NAME=\"0:\\fonts\"\r\n"]),
        ("a way out", &[b"%!PS\n", b"\x1b%-12345X@PJL RESET\r\n"]),
        ("cut in two", &[b"%!PS\n\x1b%-1", b"2345X@PJL RESET\r\n"]),
    ];
    for (what, chunks) in jobs {
        match scan(chunks) {
            Ok(()) => println!("  {what:10} passed on"),
            Err(refused) => println!("  {what:10} {refused}"),
        }
    }
    Ok(())
}

/// Scans the chunks of one job, in the order in which they come in.
fn scan(chunks: &[&[u8]]) -> Result<(), Refused> {
    let mut scanner = RawScanner::new();
    for chunk in chunks {
        scanner.feed(chunk)?;
    }
    scanner.end()
}
