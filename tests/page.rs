//! The print server's page, in a real browser.

use std::process::ExitCode;

use harness::{Browser, PrintServer, Tool, needs, root, scratch, suite, test};
use virtual_c360::{Fault, Settings, VirtualC360};

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    suite(vec![
        browser(test!(a_chosen_file_prints_and_its_row_follows_it)),
        browser(test!(a_job_is_released_and_cancelled_by_its_buttons)),
        browser(test!(a_refused_file_is_explained)),
        browser(test!(the_page_finds_its_server_again)),
        browser(test!(the_page_leads_back_to_the_sign_in)),
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
