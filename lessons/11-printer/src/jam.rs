//! Paper is stuck in the middle of a job.

use crate::listener::printer;
use printer::{Deadlines, Event, JobTicket, Language, Printer, Severity};
use std::error::Error;
use std::io::Write;
use std::sync::mpsc::channel;
use std::thread;

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== A jam in the middle of a job");
    let (clear, cleared) = channel();
    let (address, thread) = printer(move |line| {
        line.greet(4)?;
        (0..5).try_for_each(|_| line.hear().map(drop))?;
        let name = "NAME=\"report.pdf\"";
        line.say(&["USTATUS JOB", "START", name])?;
        // Paper is stuck: it reads nothing more, and says why.
        line.say(&["USTATUS DEVICE", "CODE=40022", "ONLINE=FALSE"])?;
        let _ = cleared.recv();
        line.say(&["USTATUS DEVICE", "CODE=10023", "ONLINE=TRUE"])?;
        while !line.hear()?.contains("@PJL EOJ") {}
        line.hear_uel()?;
        line.say(&["USTATUS JOB", "END", name, "PAGES=1"])
    })?;

    // ANCHOR: jam
    let (tell, events) = channel();
    let printer = Printer::new(address.into(), Deadlines::default());
    let ticket = JobTicket::new("report.pdf", "egon", Language::PclXl);
    let mut session = printer.start(&ticket, move |event| {
        let _ = tell.send(event);
    })?;
    // More than the network holds: the write blocks while paper is stuck.
    let page = vec![0; 20_000_000];
    let sender = thread::spawn(move || {
        session.write_all(&page)?;
        session.finish().map_err(std::io::Error::from)
    });
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
    let report = sender.join().expect("the sender does not panic")?;
    thread.join().expect("the listener does not panic")?;
    println!("  sent to its end: {} MB", report.sent / 1_000_000);
    Ok(())
}
