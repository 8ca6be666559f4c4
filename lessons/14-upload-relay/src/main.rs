//! Lesson 14: the talk's second version. One program takes uploads by HTTP
//! and prints them.
//!
//! You will see a form arrive as bytes, its document become safe, and its
//! pages come out of a virtual C360; then what is still known when the power
//! fails in mid print; and then the two halves on two machines. About 20
//! minutes.
//!
//! ```console
//! $ cargo run --bin lesson14
//! $ cargo run --bin lesson14 power-cut
//! $ cargo run --bin lesson14 two-machines
//! ```
//!
//! To send documents yourself, let it serve:
//!
//! ```console
//! $ cargo run --bin lesson14 serve
//! $ curl -F file=@tests/samples/report.pdf http://127.0.0.1:5000/upload
//! ```

mod scenes;

use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{env, fs, process, thread};

use job_queue::State;
use virtual_c360::{Settings, VirtualC360};

use scenes::client::send_form;
use scenes::halves::{Shared, start_intake, wait_for_job, worker};
use scenes::{power_cut, serve, two_machines};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 3] = ["upload", "power-cut", "two-machines"];
/// A document of six pages.
const DOCUMENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/samples/report.pdf");
const PAGES: usize = 6;
/// How long a scene waits before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);

// ANCHOR: upload
/// A document is uploaded and printed.
fn upload() -> Result<(), Box<dyn Error>> {
    // A printer that nobody has to own.
    let folder = tempfile::tempdir()?;
    let tray = folder.path().join("tray");
    let printer = VirtualC360::start(Settings::new(tray))?;
    println!("printer  a virtual C360 at tcp://{}", printer.address());

    // The two halves of the relay share a spool and a queue, nothing else.
    let shared = Shared::open(folder.path())?;

    // One half prints. It is a thread here, and could be a process.
    let worker = worker(&shared, printer.address())?;
    let stop = worker.stop.clone();
    let printing = thread::spawn(move || worker.run());

    // The other half takes uploads. Only what is safe on the disk is queued.
    let (relay, _serving) = start_intake(&shared, 0)?;
    println!("relay    http://{relay}/upload");

    // A client: the talk's own protocol, written out.
    println!("client   sends report.pdf");
    println!("relay    {}", send_form(relay, &fs::read(DOCUMENT)?)?);

    // Every page that falls into the tray, until the job ends.
    for page in printer.wait_for_pages(PAGES, PATIENCE)? {
        println!("tray     {} page {}", page.job, page.page);
    }
    let job = wait_for_job(&*shared.queue, |job| job.state == State::Done)?;
    println!("queue    job {} is {}", job.id, job.state);

    stop.store(true, Ordering::Relaxed);
    printing.join().expect("a worker catches the panics of its jobs");
    Ok(())
}
// ANCHOR_END: upload

fn main() -> Result<(), Box<dyn Error>> {
    // Documents are rendered in processes of their own: this program, again.
    driver::isolated::serve_if_child();
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "upload" => upload(),
        "power-cut" => power_cut::play(),
        "two-machines" => two_machines::play(),
        "serve" => serve::play(),
        // Started by `power-cut`, to be killed.
        "worker" => power_cut::worker_process(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
