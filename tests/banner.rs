//! The banner page: a sheet before a job, which says whose it is.

use harness::ipp::{operation, tag};
use harness::office::{Office, picture_of};
use harness::{http, sample, text_of};
use serde_json::Value;
use virtual_c360::{Side, TrayPage};

/// Whether a page has ink between these shares of its height, in percent.
fn has_ink(page: &TrayPage, from: usize, to: usize) -> bool {
    let picture = picture_of(page);
    let luma = picture.luma();
    let rows = picture.height * from / 100..picture.height * to / 100;
    let dots = rows.start * picture.width..rows.end * picture.width;
    luma[dots].iter().any(|light| *light < 128.0)
}

fn records(office: &Office) -> Value {
    let records = office.server.request("GET", "/api/records");
    records.json().expect("an array of records")
}

#[test]
fn it_comes_once_before_all_copies_on_a_sheet_of_its_own() {
    let office = Office::open(&[]);
    let job = office.server.print(
        "report.pdf",
        &[
            ("banner", "true"),
            ("pages", "1-3"),
            ("copies", "2"),
            ("duplex", "true"),
            ("user", "Egon"),
        ],
    );
    let job = office.server.wait_for_state(&job, "printed");
    let pages = office.tray(7);
    assert_eq!(pages.len(), 7);
    let banner = &pages[0];
    assert_eq!((banner.page, banner.side), (1, Side::Simplex));
    assert!(!banner.color);
    assert!(banner.job.starts_with("report.pdf"), "{}", banner.job);
    // What it says stands above its middle.
    assert!(has_ink(banner, 0, 50) && !has_ink(banner, 60, 100));
    // The job begins anew behind it.
    assert_eq!((pages[1].page, pages[1].side), (1, Side::Front));
    // The job's pages are its own, and the records have all paper.
    assert_eq!((&job["sides"], &job["printed"]), (&6.into(), &6.into()));
    let records = records(&office);
    let record = &records[0];
    assert_eq!((&record["pages"], &record["sheets"]), (&7.into(), &5.into()));
}

#[test]
fn it_says_whose_job_it_is() {
    let office = Office::open(&[]);
    for user in ["Egon", "Winston Zeddemore", "Egon"] {
        // Nobody has signed in: the name is what the request says.
        let fields = [("banner", "true"), ("pages", "1"), ("user", user)];
        let document = sample("report.pdf");
        let form = harness::form("report.pdf", document, &fields);
        let request = http().post(office.server.url("/upload"));
        let answer = request.multipart(form).send().expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    let pages = office.tray(6);
    // The name is the first line; the job's number comes below.
    let name = |page: &TrayPage| {
        let picture = picture_of(page);
        let rows = picture.height * 15 / 100;
        picture.luma()[..rows * picture.width].to_vec()
    };
    assert!(name(&pages[0]) != name(&pages[2]), "both have one name");
    assert!(name(&pages[0]) == name(&pages[4]), "one name looks twofold");
}

#[test]
fn a_job_by_ipp_has_one_when_it_asks_for_job_sheets() {
    let office = Office::open(&[]);
    let printer = office.printer.attributes();
    let offered = printer.texts("job-sheets-supported");
    assert_eq!(offered, ["none", "standard"]);
    assert_eq!(printer.texts("job-sheets-default"), ["none"]);
    for (sheets, count) in [("standard", 3), ("none", 5)] {
        let message = office.printer.message(operation::PRINT_JOB);
        let message = message.text(tag::NAME, "job-name", "Two pages");
        let message = message.group(tag::JOB).keyword("job-sheets", sheets);
        let answer = office.printer.ask(message, &sample("landscape.pdf"));
        assert!(answer.is_ok(), "{answer:#x?}");
        let job = answer.integer("job-id");
        assert_eq!(office.printer.wait_for_end(job), 9);
        assert_eq!(office.tray(count).len(), count);
        let job = office.printer.job(job);
        assert_eq!(job.texts("job-sheets"), [sheets]);
    }
}

#[test]
fn it_counts_for_a_quota_and_is_refused_for_raw_data() {
    let office = Office::open(&["--quota-of", "=2", "--allow-raw"]);
    let upload = |fields: &[(&'static str, &str)]| {
        let document = sample("landscape.pdf");
        let form = harness::form("landscape.pdf", document, fields);
        let request = http().post(office.server.url("/upload"));
        text_of(request.multipart(form).send().expect("an answer"))
    };
    let refused = upload(&[("banner", "true")]);
    assert!(refused.starts_with("403"), "{refused}");
    let raw = upload(&[("banner", "true"), ("format", "raw")]);
    assert!(raw.starts_with("400"), "{raw}");
    assert!(upload(&[]).starts_with("200"));
    let word = upload(&[("banner", "perhaps")]);
    assert!(word.contains("say true or false"), "{word}");
}
