//! Paper is stuck in the middle of a job.

use std::error::Error;
use std::io::Write;
use std::sync::mpsc::channel;
use std::thread;

use printer::{Deadlines, Event, JobTicket, Language, Printer, Severity};

use super::scripted_printer;

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== A jam in the middle of a job");
    let (clear, cleared) = channel();
    let (address, player) = scripted_printer::start(move |peer| {
        peer.answer_status_query()?;
        peer.skip_lines(5)?;
        let name = "NAME=\"report.pdf\"";
        peer.send(&["USTATUS JOB", "START", name])?;
        // Paper is stuck: the printer says why, and reads nothing more.
        peer.send(&["USTATUS DEVICE", "CODE=40022", "ONLINE=FALSE"])?;
        let _ = cleared.recv();
        peer.send(&["USTATUS DEVICE", "CODE=10023", "ONLINE=TRUE"])?;
        while !peer.receive_line()?.contains("@PJL EOJ") {}
        peer.receive_uel()?;
        peer.send(&["USTATUS JOB", "END", name, "PAGES=1"])
    })?;

    // ANCHOR: jam
    let (event_sender, events) = channel();
    let printer = Printer::new(address.into(), Deadlines::default());
    let ticket = JobTicket::new("report.pdf", "egon", Language::PclXl);
    let mut session = printer.start(&ticket, move |event| {
        let _ = event_sender.send(event);
    })?;
    // More than the network holds: the write blocks while paper is stuck.
    let page = vec![0; 20_000_000];
    let writer = thread::spawn(move || {
        session.write_all(&page)?;
        session.finish().map_err(std::io::Error::from)
    });
    // Ends with the session, which drops the closure and with it the sender.
    for event in events {
        match event {
            Event::Status(status) => {
                println!("  {status}");
                if status.severity() == Severity::Attention {
                    println!("  the write waits; somebody opens the door");
                    clear.send(())?;
                }
            }
            other => println!("  {other:?}"),
        }
    }
    // ANCHOR_END: jam
    let report = writer.join().expect("the writer does not panic")?;
    player.join().expect("the printer does not panic")?;
    println!("  sent to its end: {} MB", report.sent / 1_000_000);
    Ok(())
}
