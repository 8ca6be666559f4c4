//! Lesson 11: talk to the C360.
//!
//! A network printer is a TCP server on port 9100 that prints what it is
//! sent. You see every byte of one job's conversation, a job's name that
//! tries to be more than a name, what the printer's codes mean, and what
//! happens to the sender when paper is stuck. The printer is a listener of
//! the lesson's own.
//!
//! ```console
//! $ cargo run --bin lesson11
//! $ cargo run --bin lesson11 talk
//! ```
//!
//! The scenes are `talk`, `name`, `pass-on`, `codes` and `jam`. About 20
//! minutes.

mod scenes;

use std::error::Error;
use std::io::{self, Write};
use std::{env, process};

use printer::{Deadlines, JobTicket, Language, Printer};

use scenes::{codes, jam, name, pass_on, scripted_printer};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 5] = ["talk", "name", "pass-on", "codes", "jam"];

/// One job, byte by byte, both ways.
fn talk() -> Result<(), Box<dyn Error>> {
    println!("== One job, -> to the printer and <- from it");
    let (address, player) = scripted_printer::start(|peer| {
        peer.answer_status_query()?;
        // The header's five lines, the data up to EOJ, and a last UEL.
        peer.skip_lines(6)?;
        peer.receive_uel()?;
        let name = "NAME=\"report.pdf #7\"";
        peer.send(&["USTATUS JOB", "START", name])?;
        peer.send(&["USTATUS PAGE", "1"])?;
        peer.send(&["USTATUS JOB", "END", name, "PAGES=1"])
    })?;

    // ANCHOR: send
    let printer = Printer::new(address.into(), Deadlines::default());
    let mut ticket = JobTicket::new("report.pdf", "venkman", Language::PclXl);
    ticket.id = "7".into();

    // Asks how the printer is; sends nothing of the job yet.
    let mut session = printer.start(&ticket, |_event| {})?;
    // The first byte takes the header with it.
    session.write_all(b"(the page)").map_err(unwrap_io_error)?;
    // Returns when the printer reports that the last page is out.
    let report = session.finish()?;
    // ANCHOR_END: send

    for line in player.join().expect("the printer does not panic")? {
        println!("{line}");
    }
    let pages = report.pages.unwrap_or(0);
    println!("{} B sent, {pages} page printed", report.sent);
    Ok(())
}

/// Takes the printer's error out of the `io::Error` that `write` returns.
fn unwrap_io_error(error: io::Error) -> Box<dyn Error> {
    match printer::Error::from_io(error) {
        Ok(printers) => printers.into(),
        Err(other) => other.into(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "talk" => talk(),
        "name" => name::play(),
        "pass-on" => pass_on::play(),
        "codes" => codes::play(),
        "jam" => jam::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
