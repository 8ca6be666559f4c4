//! Lesson 12: the printer that nobody has to own.
//!
//! A bizhub C360 in software: a TCP server with a thread for each connection.
//! You see one page's language byte by byte, print that page, ask the machine
//! how it is, get paper stuck in it and out again, and look into its tray.
//! About 25 minutes.
//!
//! ```console
//! $ cargo run --bin lesson12
//! $ cargo run --bin lesson12 serve
//! ```
//!
//! With `serve` the machine stays, with its front panel, until Ctrl-C.

mod by_hand;
mod sender;

use sender::Sender;
use std::error::Error;
use std::time::Duration;
use virtual_c360::{Fault, Settings, VirtualC360};

const SOON: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let stay = std::env::args().nth(1).is_some_and(|word| word == "serve");

    // ANCHOR: start
    // The machine, with a tray that goes when the lesson is over.
    let tray = tempfile::tempdir()?;
    let mut settings = Settings::new(tray.path());
    settings.panel = stay.then_some(([127, 0, 0, 1], 0).into());
    let printer = VirtualC360::start(settings)?;
    // ANCHOR_END: start
    println!("the C360 takes jobs at tcp://{}", printer.address());

    println!("\n== A page in PCL XL, made by hand");
    let page = by_hand::ghost();
    by_hand::explain(&page);

    println!("\n== It is printed");
    let mut sender = Sender::connect(printer.address())?;
    sender.say("@PJL USTATUS JOB=ON\r\n@PJL USTATUS DEVICE=ON\r\n")?;
    sender.print("ghost.pdf", &by_hand::stream(&page))?;
    sender.hear_until("END")?;
    look_into(&printer, 1)?;

    // ANCHOR: jam
    println!("\n== Paper is stuck");
    printer.set_fault(Fault::Jam);
    sender.hear_until("40022")?;
    sender.print("stuck.pdf", &by_hand::stream(&page))?;
    sender.hear_until("START")?;
    // The job's connection is not read now; another one is answered.
    let mut asker = Sender::connect(printer.address())?;
    asker.say("@PJL INFO STATUS\r\n")?;
    asker.hear_until("ONLINE=FALSE")?;
    println!("  pages in the tray: {}", printer.pages().len());

    println!("\n== Somebody takes the paper out");
    printer.set_fault(Fault::None);
    sender.hear_until("END")?;
    // ANCHOR_END: jam
    look_into(&printer, 2)?;

    if stay {
        let panel = printer.panel().expect("it was asked for");
        println!("\nthe front panel: http://{panel}/   (Ctrl-C ends)");
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(tokio::signal::ctrl_c())?;
    }
    Ok(())
}

/// The pages in the tray, when there are so many.
fn look_into(printer: &VirtualC360, n: usize) -> Result<(), Box<dyn Error>> {
    for page in printer.wait_for_pages(n, SOON)? {
        let name = page.file.file_name().unwrap_or_default();
        let kind = if page.color { "colour" } else { "grey" };
        println!(
            "  tray: {} {} of {}, {}x{} at {} dpi, {kind}",
            name.display(),
            page.media,
            page.job,
            page.width,
            page.height,
            page.dpi,
        );
    }
    Ok(())
}
