//! The print server's page, in a real browser.
//!
//! ```sh
//! cargo test --test page
//! UPDATE_PICTURES=1 cargo test --test page   the book's pictures, too
//! ```

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use harness::{
    Browser, PrintServer, Tool, check_pictures, needs, root, scratch, suite,
    test,
};
use job_queue::NewJob;
use print_records::{Entry, Ledger};
use serde_json::json;
use tempfile::TempDir;
use virtual_c360::{Fault, Settings, VirtualC360};

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    let axe = |test| browser(needs(Tool::Axe, test));
    suite(vec![
        browser(test!(a_person_gets_a_key_and_prints_chosen_pages)),
        browser(test!(a_jam_is_told_in_words_and_the_job_goes_on)),
        browser(test!(a_held_job_is_released_with_its_pin)),
        browser(test!(an_uncertain_job_is_decided_by_its_confirmed_pages)),
        browser(test!(all_of_it_works_with_the_keyboard_alone)),
        browser(test!(a_job_is_released_and_cancelled_by_its_buttons)),
        browser(test!(a_printer_is_paused_with_a_reason_and_resumed)),
        browser(test!(a_refused_file_is_explained)),
        browser(test!(a_document_that_the_server_forgot_is_sent_again)),
        browser(test!(the_page_finds_its_server_again)),
        browser(test!(the_page_leads_back_to_the_sign_in)),
        browser(test!(a_person_sees_their_own_jobs_and_nobody_elses)),
        browser(test!(a_large_office_is_shown_in_part_and_at_once)),
        browser(test!(a_phone_need_not_scroll_sideways)),
        browser(test!(nothing_is_asked_of_anybody_else)),
        axe(test!(nobody_is_kept_out_by_light_or_by_dark_or_by_a_phone)),
        browser(test!(the_books_pictures_are_there_and_small)),
    ])
}

/// Keys without a letter (WebDriver, section 17.4.2).
const ENTER: char = '\u{E007}';
const RIGHT: char = '\u{E014}';

fn a_person_gets_a_key_and_prints_chosen_pages() {
    let office = Office::open();
    let browser = Browser::start();

    // The administrator comes by the link, and makes an account. Its key is
    // shown once.
    let key = make_account(&office, &browser, "egon");
    browser.open(&office.server.url("/users"));
    let keys = browser.run("return document.querySelectorAll('code').length");
    assert_eq!(keys, 0);

    // Egon signs in with it. What he may not do is not offered to him.
    sign_out_and_in(&browser, &key);
    browser.wait_until("return document.querySelector('#me') !== null");
    let me = browser.run("return document.querySelector('#me').textContent");
    assert_eq!(me, "egon");
    assert!(browser.run("return document.querySelector('#users')").is_null());
    browser.wait_until(
        "return document.querySelector('#open').textContent\
         .includes('this machine')",
    );

    // A document and a photograph, dropped anywhere. The pages of the one are
    // chosen by their pictures, and the words follow.
    browser.drop_files(&[&sample("report.pdf"), &sample("photo.jpg")]);
    browser.wait_until(&pictures(1));
    browser.click("#documents .row button:last-of-type");
    browser.click("#documents .page:nth-child(2)");
    browser.click("#documents .page:nth-child(3)");
    let chosen = browser
        .run("return document.querySelector('#documents .row input').value");
    assert_eq!(chosen, "2-3");
    browser.wait_until(&says("#sum", "3 pages on 3 sheets"));
    browser.click("#print");
    browser.wait_until(&shows("1", "printed"));
    browser.wait_until(&shows("2", "printed"));
    assert_eq!(office.printer.pages().len(), 3);
    let left = "return document.querySelectorAll('.document').length === 0";
    browser.wait_until(left);

    // The record of that, also as a table for a spreadsheet.
    browser.wait_until(
        "return document.querySelectorAll('#records tr').length === 2",
    );
    browser.wait_until(&says("#total", "3 pages on 3 sheets"));
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
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert_eq!(csv.matches(",egon,").count(), 2, "{csv}");
}

fn a_jam_is_told_in_words_and_the_job_goes_on() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    office.printer.set_fault(Fault::Slow);
    office.server.print("report.pdf", &[("pages", "1-3")]);
    // Nobody reloads the page: what the printer says appears by itself.
    browser.wait_until(
        "return document.querySelector('#job-1 progress')?.value >= 1",
    );
    office.printer.set_fault(Fault::Jam);
    browser.wait_until(&says("#job-1 .reason", "Paper jam: open"));
    browser.wait_until(&says("#sentence", "paper jam"));
    browser.wait_until(&says("#printers", "stopped"));
    office.printer.set_fault(Fault::None);
    browser.wait_until(&shows("1", "printed"));
    browser.wait_until(&says("#overall", "Ready"));
    browser.wait_until("return document.title.startsWith('Ready')");
}

fn a_held_job_is_released_with_its_pin() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    choose(&browser, "report.pdf");
    browser.run("document.querySelector('#documents .row input').focus()");
    browser.keys("2");
    browser.click("[name=when][value=pin] + *, label:has([value=pin])");
    browser.press("[name=pin]", "0042");
    browser.click("#print");
    browser.wait_until(&shows("1", "held"));
    browser.press("#job-1 .pin input", "0043");
    browser.click("#job-1 .pin button");
    browser.wait_until(&says("#said.bad", "not the PIN"));
    browser.press("#job-1 .pin input", &format!("0042{ENTER}"));
    browser.wait_until(&shows("1", "printed"));
    assert_eq!(office.printer.pages().len(), 1);
}

fn an_uncertain_job_is_decided_by_its_confirmed_pages() {
    let mut office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    make_uncertain(&mut office, &browser, "1-5", 2);
    let confirmed = "return document.querySelectorAll('#job-1 .page.out')\
         .length >= 2";
    browser.wait_until(confirmed);
    let text = browser.run("return document.querySelector('#job-1').innerText");
    let text = text.as_str().expect("a text");
    assert!(text.contains("The printer has confirmed pages 1-"), "{text}");

    // Somebody has looked: the third page is there, too.
    let pages = office.printer.pages().len();
    browser.click("#job-1 .page:nth-child(4) [type=radio]");
    browser.wait_until(&says("#job-1 .do", "Go on from page 4"));
    browser.click("#job-1 .do");
    browser.wait_until(&shows("1", "printed"));
    assert_eq!(office.printer.pages().len(), pages + 2);
    let gone = "return document.querySelector('.decision') === null";
    browser.wait_until(gone);
}

fn all_of_it_works_with_the_keyboard_alone() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    // The window in which files are chosen is the system's.
    choose(&browser, "report.pdf");
    browser.run("document.querySelector('.page').focus()");
    // All pages but the second and the third.
    browser.keys(&format!("{RIGHT} {RIGHT} "));
    browser.wait_until(
        "return document.querySelectorAll('.page[aria-pressed=false]')\
         .length === 2",
    );
    let typed = "return document.querySelector('#documents .row input').value";
    let typed = browser.run(typed);
    assert!(typed.as_str().is_some_and(|text| text.starts_with("1,4-")));
    browser.run("document.querySelector('#documents .row input').select()");
    browser.keys(&format!("2{ENTER}"));
    browser.wait_until(&shows("1", "printed"));
    assert_eq!(office.printer.pages().len(), 1);
    // A button that gives way to another hands its focus on.
    office.server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    browser.wait_until(&shows("2", "held"));
    browser.run("document.querySelector('#job-2 .actions button').focus()");
    browser.keys(&ENTER.to_string());
    browser.wait_until(&shows("2", "printed"));
}

fn a_job_is_released_and_cancelled_by_its_buttons() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    let server = &office.server;
    server.print("report.pdf", &[("hold", "true"), ("pages", "1")]);
    server.print("report.pdf", &[("hold", "true"), ("pages", "2")]);
    browser.wait_until(&shows("1", "held"));
    browser.wait_until(&shows("2", "held"));
    browser.click("#job-1 button[aria-label^=Release]");
    browser.wait_until(&shows("1", "printed"));
    browser.click("#job-2 button[aria-label^=Cancel]");
    browser.wait_until(&shows("2", "cancelled"));
    assert_eq!(office.printer.pages().len(), 1);
}

fn a_printer_is_paused_with_a_reason_and_resumed() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    browser.wait_until("return document.querySelector('.printer') !== null");
    browser.click(".printer button[aria-label^=Pause]");
    browser.press("dialog input", &format!("the toner is changed{ENTER}"));
    browser.wait_until(&says(".printer", "The toner is changed"));
    browser.wait_until(&says("#overall", "Paused"));
    office.server.print("report.pdf", &[("pages", "1")]);
    browser.wait_until(&says("#job-1 .reason", "toner is changed"));
    browser.click(".printer button[aria-label^=Resume]");
    browser.wait_until(&shows("1", "printed"));
}

fn a_refused_file_is_explained() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let browser = Browser::start();
    browser.open(&server.link);
    browser.choose_file("#file", &sample("bad/encrypted.pdf"));
    browser.wait_until(&says("#documents .bad", "password"));
    let button =
        browser.run("return document.querySelector('#print').disabled");
    assert_eq!(button, true);
    browser.click(".away");
    browser.wait_until("return document.querySelector('.document') === null");
    assert!(server.jobs().is_empty());
    assert!(server.spooled().is_empty(), "{:?}", server.spooled());
}

/// Documents that are looked at lie in memory's reach only: a server that was
/// started anew knows none of them, and the page has the file.
fn a_document_that_the_server_forgot_is_sent_again() {
    let mut office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    choose(&browser, "photo.jpg");
    office.restart();
    browser.wait_until("return document.querySelector('#news.live') !== null");
    browser.click("#print");
    browser.wait_until(&shows("1", "printed"));
}

fn the_page_finds_its_server_again() {
    let mut office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    browser.wait_until("return document.querySelector('#news.live') !== null");
    office.server.program.kill();
    browser.wait_until(&says("#news.lost", "does not answer"));
    office.restart();
    office.server.print("report.pdf", &[("hold", "true")]);
    browser.wait_until(&shows("1", "held"));
    browser.wait_until("return document.querySelector('#news.live') !== null");
}

/// A server that has made itself a new key has signed everybody out.
fn the_page_leads_back_to_the_sign_in() {
    let mut office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    browser.wait_until("return document.querySelector('#news.live') !== null");
    office.server.program.kill();
    fs::remove_file(office.data.path().join("key")).expect("a key");
    office.restart();
    browser.wait_until("return document.querySelector('#news a') !== null");
    browser.click("#news a");
    let form = "return document.querySelector('[name=key]') !== null";
    browser.wait_until(form);
    browser.open(&office.server.link);
    browser.wait_until("return document.querySelector('#jobs') !== null");
}

fn a_person_sees_their_own_jobs_and_nobody_elses() {
    let office = Office::open();
    let browser = Browser::start();
    let key = make_account(&office, &browser, "slimer");
    let server = &office.server;
    let job = server.print("report.pdf", &[("hold", "true")]);
    let picture = "/api/jobs/1/pages/1.png";
    assert_eq!(server.request("GET", picture).status(), 200);
    sign_out_and_in(&browser, &key);
    browser.wait_until("return document.querySelector('#news.live') !== null");
    choose(&browser, "photo.jpg");
    browser.click("label:has([value=held])");
    browser.click("#print");
    browser.wait_until(&shows("2", "held"));
    assert_eq!(job["id"], "1");
    let others = browser.run("return document.querySelector('#job-1')");
    assert!(others.is_null());
    // Nor a picture of it.
    browser.run(&format!(
        "window.status = 0;
         fetch('{picture}').then((answer) => {{
             window.status = answer.status; }});"
    ));
    browser.wait_until("return window.status != 0");
    assert_eq!(browser.run("return Number(window.status)"), 404);
    // A PIN keeps an administrator from the pages as well.
    let with_pin = server.print("report.pdf", &[("pin", "0042")]);
    let path = format!(
        "/api/jobs/{}/pages/1.png",
        with_pin["id"].as_str().expect("an id")
    );
    // It is the administrator's own.
    assert_eq!(server.request("GET", &path).status(), 200);
}

/// What the page has to bear.
const RECORDS: u64 = 10_000;
const WAITING: usize = 500;
const PRINTERS: usize = 20;

/// `cargo bench --bench print-page` measures the same. A busy machine cannot
/// break this test: it looks at what the page does, and not at how long it takes.
fn a_large_office_is_shown_in_part_and_at_once() {
    let data = scratch();
    let server = large_office(data.path());
    let browser = Browser::start();
    browser.open(&server.url("/"));
    browser.wait_until("return document.querySelector('[name=key]') !== null");
    browser.open(&server.link);
    let ready = format!(
        "return document.querySelector('.waiting .count')?.textContent \
             === '{WAITING}'
         && document.querySelectorAll('.printer').length === {PRINTERS}
         && document.querySelector('.bars') !== null"
    );
    browser.wait_until(&ready);
    let time = browser.run(
        "performance.mark('ready');
         return Math.round(performance.now())",
    );
    println!("ready after {time} ms");
    // Of the line only its beginning has elements.
    let rows = browser.run("return document.querySelectorAll('.job').length");
    assert!(rows.as_u64().is_some_and(|rows| rows < 60), "{rows}");
    let elements = browser.run("return document.querySelectorAll('*').length");
    assert!(elements.as_u64().is_some_and(|all| all < 2500), "{elements}");

    // A job changes: of all requests, only the one for that.
    let measure = "
        performance.clearResourceTimings();
        const id = document.querySelector('.waiting .job').id.slice(4);
        const began = performance.now();
        window.took = null;
        new MutationObserver((_, watcher) => {
            const state = document.querySelector(`#job-${id} .state`);
            if (state?.textContent !== 'held') return;
            window.took = performance.now() - began;
            watcher.disconnect();
        }).observe(document.querySelector('#groups'),
            { subtree: true, childList: true, characterData: true });
        fetch(`/api/jobs/${id}/hold`, { method: 'POST' });";
    for _ in 0..5 {
        browser.run(measure);
        browser.wait_until("return window.took !== null");
        let took = browser.run("return Math.round(window.took)");
        println!("a change after {took} ms");
        let asked = browser.run(
            "return performance.getEntriesByType('resource')
                .filter(({ name }) => !name.endsWith('.png')).length",
        );
        assert!(asked.as_u64().is_some_and(|asked| asked <= 2), "{asked}");
    }
    // And it can be searched.
    browser.press("#find input", "letter 499");
    browser.wait_until("return document.querySelectorAll('.job').length === 1");
}

fn a_phone_need_not_scroll_sideways() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    browser.resize(390, 800);
    office.server.print("report.pdf", &[("pin", "0042")]);
    choose(&browser, "report.pdf");
    browser.wait_until(&shows("1", "held"));
    let width = "return document.documentElement.scrollWidth";
    assert!(browser.run(width).as_i64() <= Some(390));
    browser.open(&office.server.url("/users"));
    assert!(browser.run(width).as_i64() <= Some(390));
}

fn nothing_is_asked_of_anybody_else() {
    let office = Office::open();
    let browser = Browser::start();
    browser.open(&office.server.link);
    choose(&browser, "report.pdf");
    browser.wait_until(&pictures(1));
    let asked = browser.run(
        "return performance.getEntriesByType('resource')
            .map((entry) => new URL(entry.name).origin)",
    );
    let asked = asked.as_array().expect("a list");
    assert!(asked.len() > 10, "{asked:?}");
    assert!(asked.iter().all(|one| *one == office.server.address), "{asked:?}");
}

fn nobody_is_kept_out_by_light_or_by_dark_or_by_a_phone() {
    let mut office = Office::open();
    let browser = Browser::start();
    let url = office.server.url("/");
    browser.open(&url);
    browser.wait_until("return document.querySelector('[name=key]') !== null");
    check_everywhere(&browser, "the form to sign in");

    browser.open(&office.server.link);
    make_uncertain(&mut office, &browser, "1-4", 1);
    let server = &office.server;
    server.print("report.pdf", &[("hold", "true")]);
    server.print("report.pdf", &[("pin", "0042")]);
    server.print("report.pdf", &[("pages", "1")]);
    let cancelled = server.print("report.pdf", &[("hold", "true")]);
    let id = cancelled["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/jobs/{id}");
    assert_eq!(server.request("DELETE", &path).status(), 200);
    choose(&browser, "report.pdf");
    browser.wait_until(&pictures(4));
    browser.click("#order summary");
    browser.wait_until(&shows(&id, "cancelled"));
    browser.wait_until(
        "return document.querySelectorAll('#records tr').length > 0",
    );
    browser.click("#figures summary");
    check_everywhere(&browser, "the page");
    browser.click(".printer button");
    check_everywhere(&browser, "a question");

    browser.open(&server.url("/users"));
    browser.press("#name", "egon");
    browser.click("#add [value=print]");
    browser.click("#add button");
    browser.wait_until("return document.querySelector('#new code') !== null");
    check_everywhere(&browser, "accounts");

    browser.open(&office.panel());
    check_everywhere(&browser, "the printer's front panel");
}

fn check_everywhere(browser: &Browser, what: &str) {
    for (width, height) in [(1000, 800), (390, 800)] {
        browser.resize(width, height);
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            let found = browser.violations();
            assert_eq!(found, json!([]), "{what}, {scheme}, {width}");
        }
    }
    browser.resize(1000, 800);
    browser.prefer("light");
}

const PICTURES: [&str; 8] = [
    "print-sign-in.webp",
    "print-accounts.webp",
    "print-desk.webp",
    "print-jam.webp",
    "print-decision.webp",
    "print-records.webp",
    "print-dark.webp",
    "print-phone.webp",
];

fn the_books_pictures_are_there_and_small() {
    check_pictures(&PICTURES, "page", take_pictures);
}

fn take_pictures(folder: &Path) {
    let data = scratch();
    make_up_records(data.path(), 900);
    let mut office = Office::with(data);
    let save = |name: &str, picture: Vec<u8>| {
        fs::write(folder.join(name), picture).expect("the book's folder");
    };
    let browser = Browser::start();
    browser.prefer("light");
    browser.resize(1100, 800);
    browser.open(&office.server.url("/"));
    save(PICTURES[0], browser.picture(1100, 520));

    let key = make_account(&office, &browser, "egon");
    browser.run("document.querySelector('#new code').textContent = '…'");
    let bottom = height(&browser, "main");
    save(PICTURES[1], browser.picture(1100, bottom));

    sign_out_and_in(&browser, &key);
    browser.wait_until("return document.querySelector('#news.live') !== null");
    choose(&browser, "report.pdf");
    browser.wait_until(&pictures(6));
    browser.run("document.querySelector('#documents .row input').select()");
    browser.keys("2-3,6");
    browser.click("label:has([value=long-edge])");
    browser.run("document.activeElement.blur()");
    let bottom = height(&browser, "#desk");
    save(PICTURES[2], browser.picture(1100, bottom));

    office.printer.set_fault(Fault::Slow);
    browser.click("#print");
    browser.wait_until(&shows("1", "printing"));
    choose(&browser, "photo.jpg");
    browser.click("label:has([value=pin])");
    browser.press("[name=pin]", "0042");
    browser.click("#print");
    browser.wait_until(&shows("2", "held"));
    browser.wait_until(
        "return document.querySelector('#job-1 progress')?.value >= 1",
    );
    office.printer.set_fault(Fault::Jam);
    browser.wait_until(&says("#job-1 .reason", "Paper jam: open"));
    browser.wait_until(&says("#overall", "Look here"));
    let bottom = height(&browser, "#jobs");
    save(PICTURES[3], browser.picture(1100, bottom));
    office.printer.set_fault(Fault::None);
    browser.wait_until(&shows("1", "printed"));

    sign_out_and_in(&browser, &office.server.key);
    make_uncertain(&mut office, &browser, "1-6", 2);
    browser.wait_until(
        "return [...document.querySelectorAll('.decision img')]
            .every((image) => image.naturalWidth > 0)",
    );
    let bottom = height(&browser, ".job.open");
    save(PICTURES[4], browser.picture(1100, bottom));
    browser.click("#job-3 button[aria-label^=All]");
    browser.wait_until(&shows("3", "printed"));

    browser.wait_until("return document.querySelector('.bars') !== null");
    browser.run(
        "document.querySelector('#records-section').scrollIntoView();
         scrollTo(0, 0)",
    );
    let top = browser.run(
        "return Math.floor(document.querySelector('#records-section')
            .getBoundingClientRect().top) - 12",
    );
    let top = u32::try_from(top.as_u64().expect("pixels")).expect("few");
    let bottom = height(&browser, "#more-records");
    save(PICTURES[5], browser.picture_from(top, 1100, bottom - top));

    choose(&browser, "report.pdf");
    browser.wait_until(&pictures(6));
    browser.prefer("dark");
    let bottom = height(&browser, "#jobs");
    save(PICTURES[6], browser.picture(1100, bottom));
    browser.prefer("light");
    browser.resize(390, 800);
    let bottom = height(&browser, "#jobs");
    save(PICTURES[7], browser.picture(390, bottom));
}

/// How far down the page something ends.
fn height(browser: &Browser, selector: &str) -> u32 {
    let bottom = browser.run(&format!(
        "return Math.ceil(scrollY + document.querySelector('{selector}')
            .getBoundingClientRect().bottom) + 12"
    ));
    u32::try_from(bottom.as_u64().expect("pixels")).expect("few")
}

/// A print server, and a printer beside it that outlives it.
struct Office {
    server: PrintServer,
    printer: VirtualC360,
    data: TempDir,
    _tray: TempDir,
}

impl Office {
    fn open() -> Office {
        Office::with(scratch())
    }

    fn with(data: TempDir) -> Office {
        let tray = scratch();
        let printer = VirtualC360::start(Settings {
            panel: Some("127.0.0.1:0".parse().expect("an address")),
            ..Settings::new(tray.path())
        })
        .expect("a printer");
        let server = start(data.path(), &printer, "127.0.0.1:0");
        Office { server, printer, data, _tray: tray }
    }

    /// Kills the server, and starts it anew at the same address.
    fn restart(&mut self) {
        self.server.program.kill();
        let address = self.server.address.replace("http://", "");
        self.server = start(self.data.path(), &self.printer, &address);
    }

    fn panel(&self) -> String {
        format!("http://{}/", self.printer.panel().expect("a panel"))
    }
}

fn start(data: &Path, printer: &VirtualC360, listen: &str) -> PrintServer {
    let address = format!("tcp://{}", printer.address());
    let options = ["--printer", &address, "--dpi", "300", "--listen", listen];
    PrintServer::start(data, &options)
}

/// Job 1 was in print, slowly, when the server was killed.
fn make_uncertain(
    office: &mut Office,
    browser: &Browser,
    pages: &str,
    confirmed: usize,
) {
    office.printer.set_fault(Fault::Slow);
    let job = office.server.print("report.pdf", &[("pages", pages)]);
    let id = job["id"].as_str().expect("an id");
    browser.wait_until(&format!(
        "return document.querySelector('#job-{id} progress')?.value \
         >= {confirmed}"
    ));
    office.restart();
    browser.wait_until(&shows(id, "uncertain"));
    office.printer.set_fault(Fault::None);
    // A page that the printer had in hand may still come out.
    while office.printer.status().job.is_some() {
        thread::sleep(Duration::from_millis(10));
    }
    let resumed = office.server.request("POST", "/api/printers/default/resume");
    assert_eq!(resumed.status(), 200);
}

/// Makes an account that may print, by the page of the administrator; returns
/// its key.
fn make_account(office: &Office, browser: &Browser, name: &str) -> String {
    browser.open(&office.server.link);
    browser.wait_until("return document.querySelector('#users') !== null");
    browser.click("#users");
    browser.wait_until("return document.querySelector('#add') !== null");
    browser.press("#name", name);
    browser.click("#add [value=print]");
    browser.click("#add button");
    browser.wait_until("return document.querySelector('#new code') !== null");
    let key =
        browser.run("return document.querySelector('#new code').innerText");
    key.as_str().expect("a key").trim().to_owned()
}

fn sign_out_and_in(browser: &Browser, key: &str) {
    browser.click("[action='/sign-out'] button");
    browser.wait_until("return document.querySelector('[name=key]') !== null");
    browser.press("[name=key]", key);
    browser.click("form button");
    browser.wait_until("return document.querySelector('#me') !== null");
}

/// Puts a sample on the desk, and waits until it has been looked at.
fn choose(browser: &Browser, name: &str) {
    browser.choose_file("#file", &sample(name));
    browser.wait_until(
        "return document.querySelector('#print').disabled \
         === false",
    );
}

fn sample(name: &str) -> std::path::PathBuf {
    root().join("tests/samples").join(name)
}

/// The page's row of this job shows this state.
fn shows(job: &str, state: &str) -> String {
    format!(
        "return document.querySelector('#job-{job} .state')?.textContent \
         === '{state}'"
    )
}

/// What the selector names says these words, among others.
fn says(selector: &str, words: &str) -> String {
    format!(
        "return document.querySelector({})?.textContent.includes({}) === true",
        json!(selector),
        json!(words)
    )
}

/// Pictures of pages are there, at least this number.
fn pictures(least: usize) -> String {
    format!(
        "return [...document.querySelectorAll('#documents .page img')]
            .filter((image) => image.naturalWidth > 0).length >= {least}"
    )
}

/// A server that only takes documents in, with the past and the present of a
/// large office.
fn large_office(data: &Path) -> PrintServer {
    make_up_records(data, RECORDS);
    let queue = data.join("queue.db");
    let queue =
        job_queue::open(&format!("sqlite:{}", queue.display()), "print");
    let queue = queue.expect("a queue");
    for number in 0..WAITING {
        let lane = queue.lane(&format!("printer-{}", number % PRINTERS));
        let job = json!({
            "document": "0".repeat(64), "name": format!("letter {number}.pdf"),
            "user": "egon", "bytes": 70_000, "format": "pdf", "page_count": 3,
            "pages": null, "copies": 1, "duplex": "Off", "color": true,
        });
        lane.enqueue(NewJob::new(job.to_string())).expect("room");
    }
    let mut config = String::new();
    for number in 0..PRINTERS {
        config += &format!(
            "[printers.printer-{number}]\n\
             address = \"tcp://127.0.0.1:9?replies=no\"\n\
             location = \"floor {number}\"\n"
        );
    }
    let file = data.join("printers.toml");
    fs::write(&file, config).expect("written");
    let file = file.to_str().expect("a plain path");
    PrintServer::start(data, &["--role", "intake", "--config", file])
}

/// Records as an office makes them in some weeks, with quiet weekends.
fn make_up_records(data: &Path, count: u64) {
    const DAY: u64 = 24 * 3600 * 1000;
    let folder = scratch();
    let queue = folder.path().join("queue.db");
    let queue =
        job_queue::open(&format!("sqlite:{}", queue.display()), "print");
    let queue = queue.expect("a queue");
    let ledger = Ledger::open(&data.join("records.db")).expect("a ledger");
    let mut random = fastrand::Rng::with_seed(19);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    let now = u64::try_from(now.as_millis()).expect("not so late");
    // One job that came to an end, and its record with other times.
    let wait = Duration::from_secs(30);
    queue.enqueue(NewJob::new("{}").outbox(ledger.name())).expect("room");
    let claim = queue.claim("worker", wait, wait).expect("a queue");
    queue.complete(claim.expect("a job"), "").expect("done");
    let told = queue.outbox(ledger.name(), 10).expect("a queue");
    // The last of them is the job's end.
    let first = told.last().expect("an end");
    let mut milestones = Vec::new();
    for number in 0..count {
        let mut milestone = first.clone();
        let back = 28 * DAY * (count - number) / count;
        let day = (now - back) / DAY % 7;
        // The first of January 1970 was a Thursday.
        if matches!(day, 2 | 3) && random.f64() < 0.9 {
            continue;
        }
        milestone.number += number;
        milestone.job.id = job_queue::JobId(1_000_000 + number);
        milestone.job.queued_at = now - back;
        milestone.job.changed_at = now - back + 20_000;
        milestones.push(milestone);
    }
    let people = ["egon", "ray", "peter", "winston", "janine"];
    let names = ["report.pdf", "letter.pdf", "plan.pdf", "photo.jpg"];
    let tell = |milestone: &job_queue::Milestone| {
        let id = milestone.job.id.0 as usize;
        let pages = 1 + (id * 7 % 5) as u32 * (id % 3) as u32;
        Some(Entry {
            user: people[id % people.len()].to_owned(),
            name: Some(names[id % names.len()].to_owned()),
            printer: "default".to_owned(),
            color: id.is_multiple_of(4),
            ordered: pages,
            pages,
            sheets: pages.div_ceil(2),
            ..Entry::default()
        })
    };
    ledger.record(&milestones, tell).expect("room on the disk");
}
