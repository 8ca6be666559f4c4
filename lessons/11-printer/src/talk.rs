//! One job, byte by byte, both ways.

use crate::listener::printer;
use printer::{Deadlines, Error, JobTicket, Language, Printer};
use std::error::Error as Trouble;
use std::io::Write;

pub fn play() -> Result<(), Box<dyn Trouble>> {
    println!("== One job, -> to the printer and <- from it");
    let (address, thread) = printer(|line| {
        line.greet(4)?;
        // The header's five lines, the data up to EOJ, and a last UEL.
        (0..6).try_for_each(|_| line.hear().map(drop))?;
        line.hear_uel()?;
        let name = "NAME=\"report.pdf #7\"";
        line.say(&["USTATUS JOB", "START", name])?;
        line.say(&["USTATUS PAGE", "1"])?;
        line.say(&["USTATUS JOB", "END", name, "PAGES=1"])
    })?;

    // ANCHOR: send
    let printer = Printer::new(address.into(), Deadlines::default());
    let mut ticket = JobTicket::new("report.pdf", "venkman", Language::PclXl);
    ticket.id = "7".into();

    // Asks how the printer is; sends nothing of the job yet.
    let mut session = printer.start(&ticket, |_| {})?;
    // The first byte takes the header with it.
    session.write_all(b"(the page)").map_err(cause)?;
    // Returns when the printer says that the last page is out.
    let report = session.finish()?;
    // ANCHOR_END: send

    for line in thread.join().expect("the listener does not panic")? {
        println!("{line}");
    }
    let pages = report.pages.unwrap_or(0);
    println!("{} B sent, {pages} page printed", report.sent);
    Ok(())
}

/// What `write` reports is an `io::Error` with the printer's own inside.
fn cause(error: std::io::Error) -> Box<dyn Trouble> {
    match Error::from_io(error) {
        Ok(printers) => printers.into(),
        Err(other) => other.into(),
    }
}
