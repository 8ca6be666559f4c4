//! A printer has a fault and is well again: the job says what is wrong, in
//! words, and printing goes on by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use harness::{PrintServer, scratch};
use serde_json::Value;
use virtual_c360::{Fault, Settings, VirtualC360};

/// How soon a job must go on when the printer is well again.
const AT_ONCE: Duration = Duration::from_secs(1);
/// On a busy computer a second may pass before a program runs at all. A server
/// that waits longer than it should is late every time.
const TRIES: u32 = 3;

fn printer(tray: &Path) -> VirtualC360 {
    VirtualC360::start(Settings::new(tray)).expect("a printer")
}

fn server(data: &Path, printer: &VirtualC360) -> PrintServer {
    let address = format!("tcp://{}", printer.address());
    let options =
        ["--printer", &address, "--dpi", "300", "--printer-silence", "2"];
    PrintServer::start(data, &options)
}

/// Plays `story`, which returns how long its job took to go on.
fn goes_on_at_once(fault: Fault, story: impl Fn() -> Duration) {
    for attempt in 1..=TRIES {
        let late = story();
        println!("{fault}: went on after {late:?}");
        if late < AT_ONCE {
            return;
        }
        assert!(attempt < TRIES, "{fault}: went on after {late:?}");
    }
}

fn says(job: &Value, word: &str) -> bool {
    job["reason"].as_str().is_some_and(|reason| reason.contains(word))
}

/// Every fault that is there before the job begins.
#[test]
fn a_job_waits_for_the_printer_with_the_cause_in_words() {
    for (fault, word) in [
        (Fault::Offline, "cannot reach the printer"),
        (Fault::Silent, "silent"),
        (Fault::Jam, "paper jam"),
        (Fault::PaperOut, "out of paper"),
        (Fault::CoverOpen, "cover is open"),
    ] {
        goes_on_at_once(fault, || waits_for_the_printer(fault, word));
    }
}

fn waits_for_the_printer(fault: Fault, word: &str) -> Duration {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer);
    printer.set_fault(fault);
    let first = server.print("report.pdf", &[("pages", "1")]);
    let second = server.print("report.pdf", &[("pages", "2")]);
    let waiting = server
        .wait_for(&first, |job| job["state"] == "waiting" && says(job, word));
    // A printer that is away uses up nobody's attempts.
    assert_eq!(waiting["attempts"], 0, "{fault}: {waiting:#}");

    printer.set_fault(Fault::None);
    let well = Instant::now();
    server.wait_for(&first, |job| job["state"] != "waiting");
    let late = well.elapsed();
    server.wait_for_state(&first, "printed");
    server.wait_for_state(&second, "printed");
    let pages: Vec<u32> =
        printer.pages().iter().map(|page| page.page).collect();
    assert_eq!(pages.len(), 2, "{fault}: {pages:?}");
    late
}

/// Somebody clears the jam, and finds that the tray is empty too.
#[test]
fn a_waiting_job_names_the_cause_of_now() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer);
    printer.set_fault(Fault::Jam);
    let job = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for(&job, |job| says(job, "paper jam"));
    printer.set_fault(Fault::PaperOut);
    server.wait_for(&job, |job| says(job, "out of paper"));
    printer.set_fault(Fault::CoverOpen);
    server.wait_for(&job, |job| says(job, "cover is open"));
    printer.set_fault(Fault::None);
    server.wait_for_state(&job, "printed");
    assert_eq!(printer.pages().len(), 1);
}

/// Every fault that a person at the printer clears, in the middle of a job.
#[test]
fn a_job_goes_on_where_it_was_when_the_printer_is_well_again() {
    for (fault, word) in [
        (Fault::Jam, "paper jam"),
        (Fault::PaperOut, "out of paper"),
        (Fault::CoverOpen, "cover is open"),
    ] {
        goes_on_at_once(fault, || stops_and_goes_on(fault, word));
    }
}

fn stops_and_goes_on(fault: Fault, word: &str) -> Duration {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer);
    let job = server.print("mixed.pdf", &[("copies", "3")]);
    server.wait_for(&job, |job| job["printed"].as_u64() >= Some(1));
    printer.set_fault(fault);
    let job = server.wait_for(&job, |job| says(job, word));
    assert_eq!(job["state"], "printing", "{job:#}");

    printer.set_fault(Fault::None);
    let well = Instant::now();
    server.wait_for(&job, |job| job["reason"].is_null());
    let late = well.elapsed();
    let job = server.wait_for_state(&job, "printed");
    assert_eq!(job["printed"], job["sides"]);
    assert_eq!(Some(printer.pages().len() as u64), job["sides"].as_u64());
    late
}

/// The connection breaks in the middle of a page, or the printer falls silent:
/// nobody can know what is on paper. Only a person can look.
#[test]
fn a_job_that_broke_off_waits_for_a_person_and_the_next_one_prints() {
    for (fault, word) in
        [(Fault::Reset, "broke the connection"), (Fault::Silent, "silent")]
    {
        goes_on_at_once(fault, || breaks_off_and_prints_the_next(fault, word));
    }
}

fn breaks_off_and_prints_the_next(fault: Fault, word: &str) -> Duration {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer);
    let broken = server.print("mixed.pdf", &[("copies", "3")]);
    server.wait_for(&broken, |job| job["printed"].as_u64() >= Some(1));
    printer.set_fault(fault);
    let broken = server.wait_for_state(&broken, "uncertain");
    assert!(says(&broken, word), "{broken:#}");
    assert!(says(&broken, "pages"), "{broken:#}");
    let known = broken["printed"].as_u64().expect("a number");
    assert!(known >= 1, "{broken:#}");

    printer.set_fault(Fault::None);
    let well = Instant::now();
    let next = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for(&next, |job| job["state"] != "waiting");
    let late = well.elapsed();
    server.wait_for_state(&next, "printed");
    assert!(known < printer.pages().len() as u64);

    // A person has looked, and wants it once more.
    let id = broken["id"].as_str().expect("an id");
    let path = format!("/api/jobs/{id}/retry");
    assert_eq!(server.request("POST", &path).status(), 200);
    let job = server.wait_for_state(&broken, "printed");
    assert_eq!(job["printed"], job["sides"]);
    late
}
