//! A document is printed, with its wishes.

use std::error::Error;
use std::fs;
use std::time::Duration;

use ipp_printer::{list_answer, list_request};

use super::client::post;
use super::lesson_printer::LessonPrinter;
use super::message::{put, request};

/// A document of six pages.
const DOCUMENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/samples/report.pdf");
/// How long the pages may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn play() -> Result<(), Box<dyn Error>> {
    let printer = LessonPrinter::start(0, |_| ())?;
    let address = printer.address();

    // ANCHOR: print
    // The operation Print-Job has the number 2.
    let mut message = request(2, address);
    put(&mut message, 0x42, "job-name", "Bericht für März".as_bytes());
    put(&mut message, 0x49, "document-format", b"application/pdf");
    // The next group: how the job is to be printed.
    message.push(0x02);
    // Pages 2 to 3, each number in four bytes.
    put(&mut message, 0x33, "page-ranges", &[0, 0, 0, 2, 0, 0, 0, 3]);
    put(&mut message, 0x44, "sides", b"two-sided-long-edge");
    put(&mut message, 0x44, "print-color-mode", b"monochrome");
    put(&mut message, 0x44, "job-hold-until", b"indefinite");
    message.push(0x03);
    // The document follows as it is.
    let answer = post(address, &message, &fs::read(DOCUMENT)?)?;
    // ANCHOR_END: print
    println!("-> and then report.pdf\n{}", list_request(&message));
    println!("<-\n{}", list_answer(&answer));

    // ANCHOR: release
    // The operation Release-Job has the number 13.
    let mut message = request(13, address);
    put(&mut message, 0x21, "job-id", &[0, 0, 0, 1]);
    message.push(0x03);
    let answer = post(address, &message, b"")?;
    // ANCHOR_END: release
    println!("-> Release-Job");
    println!("<-\n{}", list_answer(&answer));
    for page in printer.c360.wait_for_pages(2, PATIENCE)? {
        println!("tray  {} page {}", page.job, page.page);
    }
    println!();
    Ok(())
}
