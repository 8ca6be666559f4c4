//! The printer, left running for your own system.

use std::error::Error;
use std::thread;

use super::lesson_printer::LessonPrinter;

/// The port of the print server.
const PORT: u16 = 8631;

pub fn play() -> Result<(), Box<dyn Error>> {
    let show = |exchange: String| println!("{exchange}");
    let printer = LessonPrinter::start(PORT, show)?;
    println!("printer  ipp://{}/ipp/print", printer.address());
    println!("tray     {}", printer.c360.tray().display());
    loop {
        thread::park();
    }
}
