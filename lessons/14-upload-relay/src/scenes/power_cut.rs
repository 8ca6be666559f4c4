//! The power fails in mid print: what is known then, and who decides.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{env, fs, io, thread};

use job_queue::{Job, State};
use relay::Progress;
use virtual_c360::{Fault, Settings, VirtualC360};

use super::client::send_form;
use super::halves::{Shared, start_intake, wait_for_job, worker};
use crate::DOCUMENT;

/// The lease of the worker that dies: short, so that nobody waits long for its
/// end, and long enough to be renewed in time on a busy machine.
const LEASE: Duration = Duration::from_secs(3);

// ANCHOR: power_cut
pub fn play() -> Result<(), Box<dyn Error>> {
    // A printer that needs two seconds for a page, and a job of six.
    let folder = tempfile::tempdir()?;
    let tray = folder.path().join("tray");
    let printer = VirtualC360::start(Settings::new(tray))?;
    printer.set_fault(Fault::Slow);
    let shared = Shared::open(folder.path())?;
    let (relay, _serving) = start_intake(&shared, 0)?;
    send_form(relay, &fs::read(DOCUMENT)?)?;

    // The half that prints is a process of its own this time.
    let mut process = Command::new(env::current_exe()?)
        .arg("worker")
        .arg(folder.path())
        .arg(printer.address().to_string())
        .stdin(Stdio::piped())
        .spawn()?;
    wait_for_job(&*shared.queue, |job| printed(job) == 2)?;
    println!("queue    2 pages are out");

    // As after a power cut, nothing of it can say a last word.
    process.kill()?;
    process.wait()?;
    println!("worker   has no power any more");

    // Another worker starts, and finds that the lease has run out.
    printer.set_fault(Fault::None);
    let mut worker = worker(&shared, printer.address())?;
    worker.settings.name = "2".to_owned();
    let stop = worker.stop.clone();
    let printing = thread::spawn(move || worker.run());
    let is_uncertain = |job: &Job| job.state == State::Uncertain;
    let job = wait_for_job(&*shared.queue, is_uncertain)?;
    let reason = job.reason.as_deref().unwrap_or_default();
    println!("queue    job {} is {}: {reason}", job.id, job.state);
    println!("queue    the printer confirmed {} pages", printed(&job));

    // Only a person can look into the tray, and decide.
    println!("person   wants all of it again");
    shared.queue.resend(&job.id)?;
    let job = wait_for_job(&*shared.queue, |job| job.state == State::Done)?;
    println!("queue    job {} is {}", job.id, job.state);
    // ANCHOR_END: power_cut

    stop.store(true, Ordering::Relaxed);
    printing.join().expect("a worker catches the panics of its jobs");
    Ok(())
}

/// The pages that the printer has confirmed, as the queue knows it.
fn printed(job: &Job) -> u32 {
    Progress::from_note(job.progress.as_deref()).printed
}

/// The worker that is killed: `lesson14 worker FOLDER PRINTER`.
pub fn worker_process() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(2).collect();
    let [folder, printer] = arguments.as_slice() else {
        return Err("a worker needs a folder and a printer".into());
    };
    let shared = Shared::open(Path::new(folder))?;
    let mut worker = worker(&shared, printer.parse()?)?;
    worker.settings.lease = LEASE;
    thread::spawn(move || worker.run());
    // Ends also when the lesson ends otherwise than planned.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
