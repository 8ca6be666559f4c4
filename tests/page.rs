//! The print server's page, in a real browser.

use std::process::ExitCode;

use harness::{Browser, PrintServer, Tool, needs, root, scratch, suite, test};
use serde_json::json;
use virtual_c360::{Fault, Settings, VirtualC360};

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    let axe = |test| browser(needs(Tool::Axe, test));
    suite(vec![
        browser(test!(a_chosen_file_prints_and_its_row_follows_it)),
        browser(test!(a_job_is_released_and_cancelled_by_its_buttons)),
        browser(test!(a_refused_file_is_explained)),
        browser(test!(the_page_finds_its_server_again)),
        browser(test!(the_page_leads_back_to_the_sign_in)),
        browser(test!(a_person_gets_a_key_and_prints_and_finds_the_record)),
        axe(test!(nobody_is_kept_out_by_light_or_by_dark)),
    ])
}

fn a_chosen_file_prints_and_its_row_follows_it() {
    let tray = scratch();
    let printer = printer(tray.path());
    let data = scratch();
    let server = server(data.path(), &printer);
    let browser = Browser::start();
    printer.set_fault(Fault::Jam);
    browser.open(&server.link);
    browser.choose_file("#file", &root().join("tests/samples/report.pdf"));
    browser.run("document.querySelector('[name=pages]').value = '2-3'");
    browser.click("form button");

    // Nobody reloads the page: what the printer says appears by itself.
    browser.wait_until(&shows("1", "waiting"));
    browser.wait_until("return document.body.innerText.includes('paper jam')");
    printer.set_fault(Fault::None);
    browser.wait_until(&shows("1", "printed"));
    assert_eq!(printer.pages().len(), 2);
}

fn a_job_is_released_and_cancelled_by_its_buttons() {
    let tray = scratch();
    let printer = printer(tray.path());
    let data = scratch();
    let server = server(data.path(), &printer);
    let browser = Browser::start();
    browser.open(&server.link);
    server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    server.print("report.pdf", &[("hold", "true"), ("pages", "2")]);
    browser.wait_until(&shows("1", "held"));
    browser.wait_until(&shows("2", "held"));
    browser.click("#job-1 button[aria-label^=Release]");
    browser.wait_until(&shows("1", "printed"));
    browser.click("#job-2 button[aria-label^=Cancel]");
    browser.wait_until(&shows("2", "cancelled"));
    assert_eq!(printer.pages().len(), 1);
}

fn a_refused_file_is_explained() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let browser = Browser::start();
    browser.open(&server.link);
    let file = root().join("tests/samples/bad/encrypted.pdf");
    browser.choose_file("#file", &file);
    browser.click("form button");
    browser.wait_until(
        "return document.querySelector('#said.bad')?.textContent\
         .includes('password')",
    );
    assert_eq!(
        browser.run(
            "return document.querySelectorAll('tbody tr')\
        .length"
        ),
        0
    );
}

fn the_page_finds_its_server_again() {
    let data = scratch();
    let intake = ["--role", "intake"];
    let mut server = PrintServer::start(data.path(), &intake);
    let browser = Browser::start();
    browser.open(&server.link);
    let address = server.address.replace("http://", "");
    server.program.kill();
    browser.wait_until(
        "return document.querySelector('#said.bad')?.textContent\
         .includes('does not answer')",
    );
    let again = ["--role", "intake", "--listen", &address];
    let server = PrintServer::start(data.path(), &again);
    server.print("report.pdf", &[]);
    browser.wait_until(&shows("1", "waiting"));
}

/// A server that has made itself a new key has signed everybody out.
fn the_page_leads_back_to_the_sign_in() {
    let data = scratch();
    let intake = ["--role", "intake"];
    let mut server = PrintServer::start(data.path(), &intake);
    let browser = Browser::start();
    browser.open(&server.link);
    browser.wait_until("return document.querySelector('#form') !== null");
    let address = server.address.replace("http://", "");
    server.program.kill();
    std::fs::remove_file(data.path().join("key")).expect("a key");
    let again = ["--role", "intake", "--listen", &address];
    let server = PrintServer::start(data.path(), &again);
    browser.wait_until("return document.querySelector('#said a') !== null");
    browser.click("#said a");
    let form = "return document.querySelector('[name=key]') !== null";
    browser.wait_until(form);
    browser.open(&server.link);
    browser.wait_until("return document.querySelector('#jobs') !== null");
}

fn a_person_gets_a_key_and_prints_and_finds_the_record() {
    let tray = scratch();
    let printer = printer(tray.path());
    let data = scratch();
    let server = server(data.path(), &printer);
    let browser = Browser::start();

    // The administrator comes by the link, and makes an account. Its key is
    // shown once.
    browser.open(&server.link);
    browser.wait_until("return document.querySelector('#users') !== null");
    browser.click("#users");
    browser.wait_until("return document.querySelector('#add') !== null");
    browser.press("#name", "egon");
    browser.click("#add [value=print]");
    browser.click("#add button");
    browser.wait_until("return document.querySelector('#new code') !== null");
    let key =
        browser.run("return document.querySelector('#new code').innerText");
    let key = key.as_str().expect("a key").trim().to_owned();
    browser.open(&server.url("/users"));
    let keys = browser.run("return document.querySelectorAll('code').length");
    assert_eq!(keys, 0);

    // Egon signs in with it. What he may not do is not offered to him.
    browser.click("[action='/sign-out'] button");
    browser.wait_until("return document.querySelector('[name=key]') !== null");
    browser.press("[name=key]", &key);
    browser.click("form button");
    browser.wait_until(
        "return document.querySelector('#me')?.textContent === 'egon'",
    );
    let users = browser.run("return document.querySelector('#users')");
    assert!(users.is_null());
    browser.wait_until(
        "return document.querySelector('#open').textContent\
         .includes('this machine')",
    );

    // A document and a photograph.
    let samples = root().join("tests/samples");
    browser.choose_file("#file", &samples.join("report.pdf"));
    browser.run("document.querySelector('[name=pages]').value = '1'");
    browser.click("#form button");
    browser.wait_until(&shows("1", "printed"));
    browser.run("document.querySelector('[name=pages]').value = ''");
    browser.choose_file("#file", &samples.join("photo.jpg"));
    browser.click("#form button");
    browser.wait_until(&shows("2", "printed"));

    // A job that waits until its owner stands at the printer.
    browser.choose_file("#file", &samples.join("report.pdf"));
    browser.run("document.querySelector('[name=pages]').value = '2'");
    browser.press("[name=pin]", "0042");
    browser.click("#form button");
    browser.wait_until(&shows("3", "held"));
    browser.press("#job-3 .pin input", "0043");
    browser.click("#job-3 .pin button");
    browser.wait_until(
        "return document.querySelector('#said.bad')?.textContent\
         .includes('not the PIN')",
    );
    browser.press("#job-3 .pin input", "0042");
    // With the keyboard alone.
    browser.press("#job-3 .pin input", "\u{e007}");
    browser.wait_until(&shows("3", "printed"));
    assert_eq!(printer.pages().len(), 3);

    // The record of all that, also as a table for a spreadsheet.
    browser.wait_until(
        "return document.querySelectorAll('#records tr').length === 3",
    );
    let table =
        browser.run("return document.querySelector('#records').innerText");
    assert!(table.as_str().is_some_and(|text| text.contains("photo.jpg")));
    browser.run(
        "window.csv = null;
         fetch(document.querySelector('#csv').href)
             .then((answer) => answer.text())
             .then((text) => { window.csv = text; });",
    );
    browser.wait_until("return window.csv !== null");
    let csv = browser.run("return window.csv");
    let csv = csv.as_str().expect("a text");
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert_eq!(csv.matches(",egon,").count(), 3, "{csv}");
}

fn nobody_is_kept_out_by_light_or_by_dark() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.wait_until("return document.querySelector('[name=key]') !== null");
    assert_eq!(browser.violations(), json!([]), "the form to sign in");
    browser.open(&server.link);
    server.print("report.pdf", &[("hold", "true")]);
    server.print("report.pdf", &[("pin", "0042")]);
    let cancelled = server.print("report.pdf", &[("pages", "1")]);
    let path =
        format!("/api/jobs/{}", cancelled["id"].as_str().expect("an id"));
    assert_eq!(server.request("DELETE", &path).status(), 200);
    browser.wait_until(&shows("2", "held"));
    browser.wait_until(&shows("3", "cancelled"));
    browser.wait_until(
        "return document.querySelectorAll('#records tr').length === 1",
    );
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        assert_eq!(browser.violations(), json!([]), "the page, {scheme}");
    }
    browser.open(&server.url("/users"));
    browser.wait_until("return document.querySelector('#add') !== null");
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        assert_eq!(browser.violations(), json!([]), "accounts, {scheme}");
    }
}

fn printer(tray: &std::path::Path) -> VirtualC360 {
    VirtualC360::start(Settings::new(tray)).expect("a printer")
}

fn server(data: &std::path::Path, printer: &VirtualC360) -> PrintServer {
    let address = format!("tcp://{}", printer.address());
    PrintServer::start(data, &["--printer", &address, "--dpi", "300"])
}

/// The page's row of this job shows this state.
fn shows(job: &str, state: &str) -> String {
    format!(
        "return document.querySelector('#job-{job} .state')?.textContent \
         === '{state}'"
    )
}
