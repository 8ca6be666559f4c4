//! Lesson 12: the printer that nobody has to own.
//!
//! A bizhub C360 in software: a TCP server with a thread for each connection.
//! You see one page's language byte by byte, print that page, ask the machine
//! how it is, get paper stuck in it and out again, and look into its tray.
//!
//! ```console
//! $ cargo run --bin lesson12
//! $ cargo run --bin lesson12 serve
//! ```
//!
//! With `serve` the machine keeps running, with its front panel, until Ctrl-C.
//! About 25 minutes.

mod scenes;

use std::error::Error;
use std::time::Duration;
use std::{env, process};

use virtual_c360::{Fault, Settings, VirtualC360};

use scenes::hand_made_page;
use scenes::sender::Sender;

const SOON: Duration = Duration::from_secs(30);

fn print_jam_and_go_on(serve: bool) -> Result<(), Box<dyn Error>> {
    // ANCHOR: start
    // The machine, with a tray that is removed when the lesson is over.
    let tray = tempfile::tempdir()?;
    let mut settings = Settings::new(tray.path());
    settings.panel = serve.then_some(([127, 0, 0, 1], 0).into());
    let printer = VirtualC360::start(settings)?;
    // ANCHOR_END: start
    println!("the C360 takes jobs at tcp://{}", printer.address());

    println!("\n== A page in PCL XL, made by hand");
    let page = hand_made_page::ghost();
    hand_made_page::explain(&page);

    println!("\n== It is printed");
    let mut sender = Sender::connect(printer.address())?;
    sender.send("@PJL USTATUS JOB=ON\r\n@PJL USTATUS DEVICE=ON\r\n")?;
    sender.send_job("ghost.pdf", &hand_made_page::stream(&page))?;
    sender.show_until("END")?;
    list_tray(&printer, 1)?;

    // ANCHOR: jam
    println!("\n== Paper is stuck");
    printer.set_fault(Fault::Jam);
    sender.show_until("40022")?;
    sender.send_job("stuck.pdf", &hand_made_page::stream(&page))?;
    sender.show_until("START")?;
    // The machine does not read the job's connection now, but it answers on
    // another one.
    let mut second = Sender::connect(printer.address())?;
    second.send("@PJL INFO STATUS\r\n")?;
    second.show_until("ONLINE=FALSE")?;
    println!("  pages in the tray: {}", printer.pages().len());

    println!("\n== Somebody takes the paper out");
    printer.set_fault(Fault::None);
    sender.show_until("END")?;
    // ANCHOR_END: jam
    list_tray(&printer, 2)?;

    if serve {
        let panel = printer.panel().expect("it was asked for");
        println!("\nthe front panel: http://{panel}/   (Ctrl-C ends)");
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(tokio::signal::ctrl_c())?;
    }
    Ok(())
}

/// Lists the pages in the tray, as soon as there are `n`.
fn list_tray(printer: &VirtualC360, n: usize) -> Result<(), Box<dyn Error>> {
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

fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        None => print_jam_and_go_on(false),
        Some("serve") => print_jam_and_go_on(true),
        Some(other) => {
            eprintln!("No scene {other:?}: say \"serve\", or nothing.");
            process::exit(2);
        }
    }
}
