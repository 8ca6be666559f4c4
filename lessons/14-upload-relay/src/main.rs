//! Lesson 14: the talk's second version. One program takes uploads by HTTP
//! and prints them.
//!
//! You see a form arrive as bytes, its document become safe, and its pages
//! come out of a virtual C360. About 15 minutes.
//!
//!     cargo run --bin lesson14
//!
//! To send documents yourself, let it serve:
//!
//!     cargo run --bin lesson14 serve
//!     curl -F file=@tests/samples/report.pdf http://127.0.0.1:5000/upload

use relay::{Intake, Limits, Spool, Worker, WorkerSettings, upload_route};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use virtual_c360::VirtualC360;

const DOCUMENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/samples/report.pdf");

fn main() -> Result<(), Box<dyn Error>> {
    // Documents are rendered in processes of their own: this program, again.
    driver::isolated::serve_if_child();
    let serve = std::env::args().nth(1).is_some_and(|word| word == "serve");

    // ANCHOR: story
    // A printer that nobody has to own.
    let folder = tempfile::tempdir()?;
    let tray = folder.path().join("tray");
    let printer = VirtualC360::start(virtual_c360::Settings::new(&tray))?;
    println!("printer  a virtual C360 at tcp://{}", printer.address());

    // The two halves of the relay share a spool and a queue, nothing else.
    let spool = Spool::open(&folder.path().join("spool"))?;
    let file = folder.path().join("queue.db");
    let queue =
        job_queue::open(&format!("sqlite:{}", file.display()), "print")?;

    // The one half prints. It is a thread here, and could be a process.
    let worker = Worker {
        queue: queue.clone(),
        spool: spool.clone(),
        printer: printer_at(printer.address())?,
        settings: WorkerSettings::new("worker"),
        stop: Arc::default(),
    };
    thread::spawn(move || worker.run());

    // The other half takes uploads. Only what is safe on the disk is queued.
    let listener = TcpListener::bind(local(if serve { 5000 } else { 0 }))?;
    let relay = listener.local_addr()?;
    println!("relay    http://{relay}/upload");
    let limits = Limits::default();
    let intake = Intake { spool, queue: queue.clone(), limits };
    let server = thread::spawn(move || serve_http(listener, intake));
    // ANCHOR_END: story

    if serve {
        println!("tray     {}", tray.display());
        server.join().expect("the server runs on")?;
        return Ok(());
    }

    // A client: the talk's own protocol, written out.
    println!("client   sends report.pdf");
    println!("relay    {}", upload(relay, &std::fs::read(DOCUMENT)?)?);

    // Every page that falls into the tray, until the job ends.
    let sheets = 6;
    for page in printer.wait_for_pages(sheets, Duration::from_secs(60))? {
        println!("tray     {} page {}", page.job, page.page);
    }
    let mut version = 0;
    let job = loop {
        let job = queue.jobs(1)?.remove(0);
        if job.state == job_queue::State::Done {
            break job;
        }
        version = queue.wait_for_change(version, Duration::from_secs(60))?;
    };
    println!("queue    job {} is {}", job.id, job.state);
    Ok(())
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn printer_at(address: SocketAddr) -> Result<printer::Printer, Box<dyn Error>> {
    let address = format!("tcp://{address}").parse()?;
    Ok(printer::Printer::new(address, printer::Deadlines::default()))
}

fn serve_http(listener: TcpListener, intake: Intake) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, upload_route(intake)).await
    })
}

// ANCHOR: form
/// Sends a form with one file (RFC 7578): a boundary line before each part
/// and after the last, a part's own headers, an empty line, its bytes.
fn upload(relay: SocketAddr, document: &[u8]) -> std::io::Result<String> {
    let mut body = b"--ecto-1\r\n\
        Content-Disposition: form-data; name=\"file\"; \
        filename=\"report.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n"
        .to_vec();
    body.extend_from_slice(document);
    body.extend_from_slice(b"\r\n--ecto-1--\r\n");

    let mut stream = TcpStream::connect(relay)?;
    write!(
        stream,
        "POST /upload HTTP/1.1\r\nHost: {relay}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=ecto-1\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;

    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let status = reply.lines().next().unwrap_or_default();
    let json = reply.lines().last().unwrap_or_default();
    Ok(format!("{status} {json}"))
}
// ANCHOR_END: form
