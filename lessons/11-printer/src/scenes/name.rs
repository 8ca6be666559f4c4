//! A document's name that tries to be more than a name.

use std::error::Error;

use printer::{JobTicket, Language};

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== A document's name with PJL in it");
    let name = "x\"\n@PJL SET QTY=999\n@PJL COMMENT \"";

    // ANCHOR: pasted
    // The vendor's filter pastes the name between two quotes.
    let pasted =
        format!("@PJL SET USERNAME=\"gozer\"   JOBNAME=\"{name}\"   QTY=1\n");
    // ANCHOR_END: pasted
    println!("pasted into the header, as the vendor's filter does:");
    for line in pasted.lines() {
        println!("  {line}");
    }

    // Ours is made of typed fields.
    let ticket = JobTicket::new(name, "gozer", Language::PclXl);
    let header = String::from_utf8(ticket.header())?;
    println!("made from a ticket's fields:");
    for line in header.lines() {
        println!("  {}", line.replace('\x1b', "<ESC>"));
    }

    let has_command =
        |text: &str| text.lines().any(|l| l == "@PJL SET QTY=999");
    println!("999 copies? pasted: {}", has_command(&pasted));
    println!("999 copies? ticket: {}", has_command(&header));
    Ok(())
}
