//! A printer has a fault and is well again: the job says what is wrong, in
//! words, and printing goes on by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use harness::{PrintServer, ScriptedPrinter, scratch};
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
fn a_job_that_broke_off_waits_for_a_person_and_so_do_the_others() {
    for (fault, word) in
        [(Fault::Reset, "broke the connection"), (Fault::Silent, "silent")]
    {
        goes_on_at_once(fault, || breaks_off_and_waits(fault, word));
    }
}

fn breaks_off_and_waits(fault: Fault, word: &str) -> Duration {
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

    // Its successor would be the next that nobody knows of.
    let next = server.print("report.pdf", &[("pages", "1")]);
    let next = server.wait_for(&next, |job| says(job, "resume"));
    assert_eq!(next["state"], "waiting", "{next:#}");
    assert!(says(&next, "uncertain"), "{next:#}");

    printer.set_fault(Fault::None);
    let well = Instant::now();
    resume(&server);
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

/// A person has looked at the printer.
fn resume(server: &PrintServer) {
    let path = "/api/printers/default/resume";
    assert_eq!(server.request("POST", path).status(), 200);
}

/// Ten jobs, and a printer that breaks every connection.
#[test]
fn a_sick_printer_spoils_one_job_and_no_more() {
    let (tray, data) = (scratch(), scratch());
    let printer = printer(tray.path());
    let server = server(data.path(), &printer);
    printer.set_fault(Fault::Jam);
    let jobs: Vec<Value> = (0..10)
        .map(|_| server.print("report.pdf", &[("pages", "1")]))
        .collect();
    server.wait_for(&jobs[0], |job| says(job, "paper jam"));
    printer.set_fault(Fault::Reset);
    server.wait_for_state(&jobs[0], "uncertain");
    server.wait_for(&jobs[9], |job| says(job, "resume"));
    for job in server.jobs().iter().filter(|job| job["id"] != jobs[0]["id"]) {
        assert_eq!(job["state"], "waiting", "{job:#}");
        assert_eq!(job["attempts"], 0, "{job:#}");
        assert!(says(job, "job 1 is uncertain"), "{job:#}");
    }
    // It is said wherever somebody may look, and stays when the server ends.
    let printers = |server: &PrintServer| -> Value {
        server.request("GET", "/api/printers").json().expect("JSON")
    };
    assert!(printers(&server)[0]["paused"].is_string());
    drop(server);
    let server = self::server(data.path(), &printer);
    assert!(printers(&server)[0]["paused"].is_string());

    printer.set_fault(Fault::None);
    resume(&server);
    for job in &jobs[1..] {
        server.wait_for_state(job, "printed");
    }
    assert!(printers(&server)[0]["paused"].is_null());
}

/// What a printer says of a job of two pages, how the job ends, and what a
/// person is told.
#[test]
fn what_the_printer_counts_is_held_against_what_was_ordered() {
    let end = |lines: &'static [&'static str]| {
        move |tag: &str| {
            let name = format!("NAME=\"{tag}\"");
            let start = ScriptedPrinter::about("JOB", &["START", &name]);
            let mut end = vec!["END", name.as_str()];
            end.extend(lines);
            start + &ScriptedPrinter::about("JOB", &end)
        }
    };
    for (lines, state, printed, word) in [
        (&["PAGES=2"][..], "printed", 2, None),
        (&["PAGES=1"], "uncertain", 1, Some("1 of 2 pages")),
        (&[], "printed", 0, Some("not how many")),
        (&["PAGES=4294967295"], "printed", 0, Some("4294967295")),
    ] {
        let printer = ScriptedPrinter::start(end(lines));
        let data = scratch();
        let address = format!("tcp://{}", printer.address);
        let options = ["--printer", &address, "--dpi", "300"];
        let server = PrintServer::start(data.path(), &options);
        let job = server.print("report.pdf", &[("pages", "1-2")]);
        let job = server.wait_for(&job, |job| {
            job["state"] == "printed" || job["state"] == "uncertain"
        });
        assert_eq!(job["state"], state, "{lines:?}: {job:#}");
        assert_eq!(job["printed"], printed, "{lines:?}: {job:#}");
        let said = format!("{} {}", job["notes"], job["reason"]);
        match word {
            Some(word) => assert!(said.contains(word), "{lines:?}: {said}"),
            None => assert_eq!(said, "[] null"),
        }
    }
}

/// Both print their first job, and both call it "report.pdf". The printer ends
/// one of them, and tells both servers of it.
#[test]
fn two_servers_on_one_printer_hear_each_of_its_own_job() {
    let (report, reports) = std::sync::mpsc::channel();
    let report = std::sync::Mutex::new(report);
    let printer = ScriptedPrinter::start(move |tag| {
        let _ = report.lock().expect("whole").send(tag.to_owned());
        let name = format!("NAME=\"{tag}\"");
        ScriptedPrinter::about("JOB", &["END", &name, "PAGES=1"])
    });
    let address = format!("tcp://{}", printer.address);
    for _ in 0..2 {
        let data = scratch();
        let server = PrintServer::start(
            data.path(),
            &["--printer", &address, "--dpi", "300"],
        );
        let job = server.print("report.pdf", &[("pages", "1")]);
        assert_eq!(job["id"], "1");
        server.wait_for_state(&job, "printed");
        // The same job once more is another sending.
        let again = server.print("report.pdf", &[("pages", "1")]);
        server.wait_for_state(&again, "printed");
    }
    let mut tags: Vec<String> = reports.try_iter().collect();
    assert_eq!(tags.len(), 4);
    assert!(tags.iter().all(|tag| tag.starts_with("report.pdf #")), "{tags:?}");
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "{tags:?}");
}

/// Page 3 of `mixed.pdf` is made for Letter. A printer that holds only A4 would
/// wait for somebody who loads that.
#[test]
fn a_page_is_fitted_to_the_paper_that_is_loaded() {
    for (holds, options, field, paper) in [
        (&[][..], &[][..], None, "Letter"),
        (&["A4"], &[], None, "A4"),
        (&["A4", "A3"], &[], None, "A4"),
        (&["A4", "LETTER"], &[], None, "Letter"),
        (&["A4"], &[], Some("letter"), "Letter"),
        (&[], &["--media", "A4"], None, "A4"),
        (&["LETTER"], &["--media", "A3,A4"], None, "A4"),
        (&["LETTER"], &["--media", "A3"], None, "A3"),
    ] {
        let (tray, data) = (scratch(), scratch());
        let papers = holds.iter().map(|&paper| paper.to_owned()).collect();
        let settings = Settings { papers, ..Settings::new(tray.path()) };
        let printer = VirtualC360::start(settings).expect("a printer");
        let address = format!("tcp://{}", printer.address());
        let mut all = vec!["--printer", &address, "--dpi", "300"];
        all.extend(options);
        let server = PrintServer::start(data.path(), &all);
        let mut fields = vec![("pages", "3")];
        fields.extend(field.map(|media| ("media", media)));
        let job = server.print("mixed.pdf", &fields);
        server.wait_for_state(&job, "printed");
        let page = &printer.pages()[0];
        assert_eq!(page.media, paper, "{holds:?} {options:?} {field:?}");
    }
}
