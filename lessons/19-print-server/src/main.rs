//! Lesson 19: the print server, whole.
//!
//! You see it print two pages of a report, wait while the printer is out of
//! paper, and go on by itself. About 20 minutes.
//!
//!     cargo run --bin lesson19
//!
//! The server that an administrator keeps running, and its client:
//!
//!     cargo run --bin print-server
//!     cargo run --bin print-client -- tests/samples/report.pdf 2-3

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use print_client::{Client, JobView, Order};
use print_server::{Options, Server};
use virtual_c360::Fault;

const DOCUMENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/samples/report.pdf");

fn main() -> Result<(), Box<dyn Error>> {
    // Documents are rendered in processes of their own: this program, again.
    driver::isolated::serve_if_child();

    // ANCHOR: start
    // The whole server is a value: options in, an address out.
    let folder = tempfile::tempdir()?;
    let server = Server::start(&Options::in_folder(folder.path()))?;
    let url = format!("http://{}", server.address());
    println!("page     {url}/");
    println!("printer  {}", server.printer());
    // ANCHOR_END: start

    // ANCHOR: pages
    // Two pages of a longer report, from a client that has the server's key.
    let client = Client::new(&url)?.with_key(server.key());
    let report = Path::new(DOCUMENT);
    let order = Order { pages: Some("2-3".to_owned()), ..Order::default() };
    let job = client.print(report, &order, |_, _| {})?;
    println!("job {}    {} pages of {}", job.id, job.sides, job.name);
    show_job(&client.follow(&job.id, |_| {})?);
    show_tray(&server, 2)?;
    // ANCHOR_END: pages

    // ANCHOR: paper
    // The tray is empty. The job waits and says why.
    let printer = server.virtual_printer().ok_or("a virtual printer")?;
    printer.set_fault(Fault::PaperOut);
    let job = client.print(report, &order, |_, _| {})?;
    let mut shown = false;
    let job = client.follow(&job.id, |job| {
        if !shown && job.state == "waiting" && job.reason.is_some() {
            shown = true;
            show_job(job);
            // Somebody loads paper. Nobody tells the server.
            printer.set_fault(Fault::None);
        }
    })?;
    show_job(&job);
    show_tray(&server, 4)?;
    // ANCHOR_END: paper

    server.stop();
    Ok(())
}

fn show_job(job: &JobView) {
    match &job.reason {
        Some(reason) => println!("job {}    {}: {reason}", job.id, job.state),
        None => println!("job {}    {}", job.id, job.state),
    }
}

/// The last two of `count` pages, once they have come out.
fn show_tray(server: &Server, count: usize) -> Result<(), Box<dyn Error>> {
    let printer = server.virtual_printer().ok_or("a virtual printer")?;
    let pages = printer.wait_for_pages(count, Duration::from_secs(30))?;
    for page in &pages[count - 2..] {
        println!("tray     {} page {}", page.job, page.page);
    }
    Ok(())
}
