//! What happens in the office.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use harness::{Test, Tool, form, http, needs, sample, test, text_of};
use job_queue::NewJob;
use reqwest::blocking::Response;
use reqwest::header;
use serde_json::{Value, json};
use virtual_c360::Fault;

use crate::hosts::SWITCH;
use crate::office::{Intake, Office};
use crate::tampering_wire::{Deed, TamperingWire};

pub fn tests() -> Vec<Test> {
    [
        test!(a_worker_prints_what_only_a_distant_intake_has),
        test!(a_worker_that_is_cut_off_is_followed_by_another),
        test!(an_intake_that_is_away_keeps_no_other_waiting),
        test!(a_transfer_that_is_cut_goes_on_where_it_was),
        test!(a_document_that_was_changed_on_the_way_is_fetched_again),
        test!(a_document_is_sent_to_workers_only),
        test!(a_part_of_a_document_can_be_asked_for),
        test!(a_worker_sends_its_key_to_no_address_but_those_it_was_given),
        test!(a_worker_whose_key_is_not_taken_says_so),
        test!(a_worker_that_calls_an_intake_by_a_wrong_name_says_so),
        test!(a_key_does_not_travel_for_all_to_read),
        test!(what_a_killed_worker_had_fetched_is_gone_after_its_next_start),
        test!(one_request_at_two_intakes_prints_once),
    ]
    .map(|test| needs(Tool::Redis, test))
    .into()
}

fn a_worker_prints_what_only_a_distant_intake_has() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    let worker = office.worker("worker", &[&intake]);
    // Their folders have nothing in common.
    let job = intake.server.print("report.pdf", &[("pages", "2-3")]);
    assert_eq!(worker.server.spooled().len(), 0);
    let job = intake.server.wait_for_state(&job, "printed");
    assert_eq!(job["printed"], 2);
    assert_eq!(office.tray(2).len(), 2);
    assert_eq!(worker.server.spooled().len(), 0);
    assert_eq!(worker.fetched(), Vec::<PathBuf>::new());
    // The record is with the intake, where the person is known.
    let records: Value =
        intake.server.request("GET", "/api/records").json().expect("records");
    assert_eq!(records[0]["pages"], 2, "{records:#}");
}

/// The wire of a worker's machine is pulled out in the middle of a job.
fn a_worker_that_is_cut_off_is_followed_by_another() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    let first = office.worker("first", &[&intake]);
    // A second or two for each page.
    office.printer.set_fault(Fault::Slow);
    let cut = intake.server.print("report.pdf", &[]);
    intake.server.wait_for(&cut, |job| job["printed"].as_u64() >= Some(1));
    let next = ["1", "2"].map(|page| {
        let fields = [("pages", page)];
        intake.server.print("landscape.pdf", &fields)
    });
    let second = office.worker("second", &[&intake]);
    first.host.cut_off();
    office.printer.set_fault(Fault::None);

    let uncertain = intake.server.wait_for_state(&cut, "uncertain");
    let confirmed = uncertain["printed"].as_u64().expect("a number");
    let sides = uncertain["sides"].as_u64().expect("a number");
    assert!((1..sides).contains(&confirmed), "{uncertain:#}");
    for job in &next {
        let job = intake.server.wait_for_state(job, "printed");
        assert_eq!(job["printed"], 1);
    }
    let out = office.printer.pages().len();

    // The first machine is back. What it had is not its own any more: it
    // neither prints on nor keeps others from printing.
    let mut first = first;
    first.host.connect();
    first
        .server
        .program
        .wait_for_line("its lease ran out|the lease on job .* is lost");
    let last = intake.server.print("landscape.pdf", &[("pages", "1")]);
    intake.server.wait_for_state(&last, "printed");
    let tray = office.tray(out + 1);
    assert_eq!(tray.len(), out + 1, "{tray:#?}");
    // Of the job that was cut off, no page came out twice, and those that are
    // confirmed are there.
    let of_cut = tray.iter().filter(|page| page.job.starts_with("report"));
    let mut of_cut: Vec<_> = of_cut.map(|page| page.page).collect();
    let count = of_cut.len();
    of_cut.sort_unstable();
    of_cut.dedup();
    assert_eq!(of_cut.len(), count, "{tray:#?}");
    assert!((confirmed..=sides).contains(&(count as u64)), "{tray:#?}");

    // Whoever looks into the tray decides about it.
    let path = format!("/api/jobs/{}/printed", cut["id"].as_str().expect("id"));
    assert_eq!(intake.server.request("POST", &path).status(), 200);
    let states = intake.server.jobs();
    assert!(states.iter().all(|job| job["state"] == "printed"), "{states:#?}");
    assert_eq!(first.fetched().len() + second.fetched().len(), 0);
}

fn an_intake_that_is_away_keeps_no_other_waiting() {
    let office = Office::open();
    let away = office.intake("away", &[]);
    let here = office.intake("here", &[]);
    let lost = away.server.print("report.pdf", &[("pages", "1")]);
    away.host.cut_off();
    let mut worker = office.worker_with(
        "worker",
        &[&away, &here].map(|intake| {
            // The one that is away cannot be asked for an account.
            let key = match intake.address == here.address {
                true => intake.add_worker("worker"),
                false => intake.server.key.clone(),
            };
            let file = harness::scratch().keep().join("key");
            fs::write(&file, key).expect("the folder is ours");
            (intake.address.clone(), file)
        }),
        &[&away, &here],
    );
    let is_waiting = |job: &Value| {
        let why = job["reason"].as_str().unwrap_or_default();
        let words = format!("the intake at {}, which has its", away.address);
        job["state"] == "waiting" && why.contains(&words)
    };
    here.server.wait_for(&lost, is_waiting);
    // Others, which came later, are printed meanwhile.
    for page in ["1", "2", "3"] {
        let job = here.server.print("report.pdf", &[("pages", page)]);
        here.server.wait_for_state(&job, "printed");
    }
    let job: Value = here
        .server
        .request("GET", &format!("/api/jobs/{}", lost["id"].as_str().unwrap()))
        .json()
        .expect("a job");
    assert_eq!(job["attempts"], 0, "{job:#}");

    away.host.connect();
    worker.server.program.wait_for_line("the intake at https://.* is back");
    here.server.wait_for_state(&lost, "printed");
    // It waited for a while. The log says so once, or once more where the
    // network gives another reason later.
    let told = worker.server.program.heard().iter();
    let told = told.filter(|line| line.contains("waits: the intake")).count();
    let log = worker.server.program.heard();
    assert!((1..=3).contains(&told), "{log:#?}");
    assert_eq!(office.tray(4).len(), 4);
}

/// An intake behind a wire that does these deeds, which knows that it may be
/// asked for by the wire's address.
fn behind(office: &Office, deeds: Vec<Deed>) -> (Intake, TamperingWire) {
    behind_with(office, deeds, &["--host-name", SWITCH])
}

fn behind_with(
    office: &Office,
    deeds: Vec<Deed>,
    options: &[&str],
) -> (Intake, TamperingWire) {
    // The workers ask at the wire, which leads to the intake.
    let listener = TcpListener::bind((SWITCH, 0)).expect("an address");
    let near = listener.local_addr().expect("an address");
    let address = format!("http://{near}");
    let options = [&["--intake-address", &address], options].concat();
    let mut intake = office.intake("intake", &options);
    let wire = TamperingWire::lay(listener, intake.socket(), deeds);
    intake.address = address;
    (intake, wire)
}

fn a_transfer_that_is_cut_goes_on_where_it_was() {
    let office = Office::open();
    let deeds = [20_000, 30_000].map(Deed::CutAfter).to_vec();
    let (intake, wire) = behind(&office, deeds);
    let worker = office.worker("worker", &[&intake]);
    // 306,280 bytes.
    let job = intake.server.print("photo.pdf", &[]);
    let job = intake.server.wait_for_state(&job, "printed");
    assert_eq!(job["attempts"], 1, "{job:#}");
    let asked = wire.requests();
    let from: Vec<u64> = asked
        .lines()
        .filter_map(|line| line.strip_prefix("range: bytes="))
        .map(|range| range.trim_end_matches('-').parse().expect("a number"))
        .collect();
    assert_eq!(from.len(), 2, "{asked}");
    assert!(0 < from[0] && from[0] < from[1] && from[1] < 60_000, "{asked}");
    assert_eq!(worker.fetched(), Vec::<PathBuf>::new());
}

fn a_document_that_was_changed_on_the_way_is_fetched_again() {
    let office = Office::open();
    let (intake, _wire) = behind(&office, vec![Deed::Change(50_000)]);
    let mut worker = office.worker("worker", &[&intake]);
    let job = intake.server.print("report.pdf", &[("pages", "1")]);
    let program = &mut worker.server.program;
    program.wait_for_line("failed at try 1: .* is not the document");
    let job = intake.server.wait_for_state(&job, "printed");
    assert_eq!(job["attempts"], 2, "{job:#}");
    assert_eq!(office.tray(1).len(), 1);
    assert_eq!(worker.fetched(), Vec::<PathBuf>::new());
}

/// Asks an intake for a document, with a key if there is one.
fn ask(intake: &Intake, name: &str, key: Option<&str>) -> Response {
    let url = intake.server.url(&format!("/api/documents/{name}"));
    let mut request = http().get(url);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    request.send().expect("an answer")
}

/// The name of the only document of an intake.
fn only_document(intake: &Intake) -> String {
    let spooled = intake.server.spooled();
    let name = spooled[0].file_name().and_then(|name| name.to_str());
    name.expect("a name").to_owned()
}

fn a_document_is_sent_to_workers_only() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    intake.server.print("report.pdf", &[("hold", "true")]);
    let name = only_document(&intake);
    let worker = intake.add_worker("worker");
    for role in ["print", "operate", "admin"] {
        let key = intake.add(role, role);
        let response = ask(&intake, &name, Some(&key));
        assert_eq!(response.status(), 403, "{role}");
        let words = text_of(response);
        assert!(words.contains("worker"), "{words}");
    }
    assert_eq!(ask(&intake, &name, None).status(), 401);
    let response = ask(&intake, &name, Some(&worker));
    assert_eq!(response.status(), 200);
    let tag = response.headers()[header::ETAG].to_str().expect("text");
    assert_eq!(tag, format!("\"{name}\""));
    let bytes = response.bytes().expect("a document");
    assert_eq!(bytes, sample("report.pdf"));
    // The worker's key is good for nothing else.
    let print = form("report.pdf", sample("report.pdf"), &[]);
    let request = http().post(intake.server.url("/api/jobs"));
    let refused = request.bearer_auth(&worker).multipart(print).send();
    if let Ok(refused) = refused {
        assert_eq!(refused.status(), 403);
    }
    let jobs = http().get(intake.server.url("/api/jobs")).bearer_auth(&worker);
    let jobs: Vec<Value> =
        jobs.send().expect("an answer").json().expect("jobs");
    assert_eq!(jobs, Vec::<Value>::new());
    // A name is a hash and no path.
    for name in ["..%2fkey", "%2e%2e", &"0".repeat(64), &name.to_uppercase()] {
        let response = ask(&intake, name, Some(&worker));
        assert_eq!(response.status(), 404, "{name}");
    }
}

fn a_part_of_a_document_can_be_asked_for() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    intake.server.print("report.pdf", &[("hold", "true")]);
    let name = only_document(&intake);
    let document = sample("report.pdf");
    let bytes = document.len();
    let part = |range: &str| {
        let url = intake.server.url(&format!("/api/documents/{name}"));
        let request = http().get(url).bearer_auth(&intake.server.key);
        request.header(header::RANGE, range).send().expect("an answer")
    };
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=70000-", 70_000, bytes),
        ("bytes=-10", bytes - 10, bytes),
        ("bytes=100-999999", 100, bytes),
    ] {
        let response = part(range);
        assert_eq!(response.status(), 206, "{range}");
        let said = response.headers()[header::CONTENT_RANGE].clone();
        let expected = format!("bytes {from}-{}/{bytes}", to - 1);
        assert_eq!(said.to_str().expect("text"), expected);
        assert_eq!(response.content_length(), Some((to - from) as u64));
        let got = response.bytes().expect("a part");
        assert!(got == document[from..to], "{range}");
    }
    let beyond = part(&format!("bytes={bytes}-"));
    assert_eq!(beyond.status(), 416);
    let size = beyond.headers()[header::CONTENT_RANGE].clone();
    assert_eq!(size.to_str().expect("text"), format!("bytes */{bytes}"));
    assert_eq!(part("bytes=0-1,5-6").status(), 200);
}

/// Whoever can write to the Redis names an intake of their own.
fn a_worker_sends_its_key_to_no_address_but_those_it_was_given() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    let listener = TcpListener::bind((SWITCH, 0)).expect("an address");
    listener.set_nonblocking(true).expect("a socket");
    let foreign = format!("http://{}", listener.local_addr().unwrap());

    let held = intake.server.print("report.pdf", &[("hold", "true")]);
    let queue = office.queue();
    let id = held["id"].as_str().expect("an id").parse().expect("a number");
    let good = queue.job(&id).expect("a queue").expect("a job").payload;
    let mut bad: Value = serde_json::from_str(&good).expect("JSON");
    bad["intake"] = json!(foreign);
    let line = queue.lane("default");
    let bad = line.enqueue(NewJob::new(bad.to_string())).expect("queued").id;
    let bad = json!({ "id": bad.to_string() });

    let _worker = office.worker("worker", &[&intake]);
    intake.server.wait_for(&bad, |job| {
        let why = job["reason"].as_str().unwrap_or_default();
        job["state"] == "waiting" && why.contains("has no key for that one")
    });
    let next = intake.server.print("report.pdf", &[("pages", "1")]);
    intake.server.wait_for_state(&next, "printed");
    let asked = listener.accept();
    assert!(asked.is_err(), "the worker went there: {asked:?}");
}

fn a_worker_whose_key_is_not_taken_says_so() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    let key = intake.add("egon", "print");
    let file = harness::scratch().keep().join("key");
    fs::write(&file, &key).expect("the folder is ours");
    let keys = [(intake.address.clone(), file)];
    let worker = office.worker_with("worker", &keys, &[&intake]);
    let job = intake.server.print("report.pdf", &[("pages", "1")]);
    let job = intake.server.wait_for(&job, |job| {
        let why = job["reason"].as_str().unwrap_or_default();
        job["state"] == "waiting" && why.contains("(403)")
    });
    assert_eq!(job["attempts"], 0, "{job:#}");
    let why = job["reason"].as_str().expect("a reason");
    assert!(why.contains("the role worker"), "{why}");
    let said = worker.server.program.heard().concat();
    assert!(!said.contains(&key), "a key is in the log");
    // Once the account has the role, the job is printed.
    let path = "/api/users/egon";
    let change = http().patch(intake.server.url(path));
    let change = change.bearer_auth(&intake.server.key);
    let change = change.json(&json!({ "roles": ["worker"] })).send();
    assert_eq!(change.expect("an answer").status(), 200);
    intake.server.wait_for_state(&job, "printed");
}

/// A proxy stands before the intake, which was not told its name.
fn a_worker_that_calls_an_intake_by_a_wrong_name_says_so() {
    let office = Office::open();
    let (intake, _wire) = behind_with(&office, vec![], &[]);
    let _worker = office.worker("worker", &[&intake]);
    let job = intake.server.print("report.pdf", &[("pages", "1")]);
    let job = intake.server.wait_for(&job, |job| {
        let why = job["reason"].as_str().unwrap_or_default();
        job["state"] == "waiting" && why.contains("(403)")
    });
    let why = job["reason"].as_str().expect("a reason");
    assert!(why.contains("--host-name"), "{why}");
    assert!(!why.contains("role"), "{why}");
}

fn a_key_does_not_travel_for_all_to_read() {
    let folder = harness::scratch();
    let file = folder.path().join("key");
    fs::write(&file, "k".repeat(64)).expect("the folder is ours");
    let mut command =
        std::process::Command::new(harness::program("print-server"));
    command.args(["--listen", "127.0.0.1:0", "--role", "worker"]);
    command.arg("--data").arg(folder.path().join("data"));
    let known = format!("http://printing.example:8631={}", file.display());
    command.args(["--intake-key-file", &known]);
    let mut program = harness::Running::start(&mut command);
    program.wait_for_line("http://printing.example:8631 .*https");
    assert!(!program.wait_for_end().success());
}

fn what_a_killed_worker_had_fetched_is_gone_after_its_next_start() {
    let office = Office::open();
    let intake = office.intake("intake", &[]);
    let mut worker = office.worker("worker", &[&intake]);
    office.printer.set_fault(Fault::Slow);
    let job = intake.server.print("report.pdf", &[]);
    intake.server.wait_for(&job, |job| job["printed"].as_u64() >= Some(1));
    assert_eq!(worker.fetched().len(), 1);
    worker.server.program.kill();
    assert_eq!(worker.fetched().len(), 1);
    office.printer.set_fault(Fault::None);

    let worker = office.worker_with("worker", &[], &[&intake]);
    assert_eq!(worker.fetched(), Vec::<PathBuf>::new());
    intake.server.wait_for_state(&job, "uncertain");
}

/// The answer of the first intake does not arrive, and the client asks the
/// second.
fn one_request_at_two_intakes_prints_once() {
    let office = Office::open();
    let first = office.intake("first", &[]);
    let second = office.intake("second", &[]);
    let send = |intake: &Intake, pages: &'static str| {
        let fields = [("pages", pages), ("user", "Egon")];
        let form = form("report.pdf", sample("report.pdf"), &fields);
        intake.server.post("/api/jobs", form, Some("monday-17"))
    };
    let made = send(&first, "1");
    assert_eq!(made.status(), 201);
    let made: Value = made.json().expect("a job");
    let again = send(&second, "1");
    assert_eq!(again.status(), 200);
    let again: Value = again.json().expect("a job");
    assert_eq!(made["id"], again["id"]);
    assert_eq!(send(&second, "2").status(), 409);

    let _worker = office.worker("worker", &[&first, &second]);
    first.server.wait_for_state(&made, "printed");
    assert_eq!(first.server.jobs().len(), 1);
    assert_eq!(office.tray(1).len(), 1);
}
