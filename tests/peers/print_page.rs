//! The print server's page in a large office, in a real browser: README.md says
//! how to run it and what it means.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::{Browser, PrintServer, scratch};
use job_queue::{JobId, Milestone, NewJob, State, open};
use ping::statistics::Sorted;
use print_records::{Entry, Ledger};
use virtual_c360::{Settings, VirtualC360};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PRINTERS: usize = 20;
const WAITING: usize = 500;
const RECORDS: u64 = 10_000;
/// Over which time the records are spread.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// How often the page is opened, and how many jobs are changed.
const ROUNDS: usize = 20;

/// Whether all is shown: every printer, the line of jobs, the chart of pages
/// and the newest records.
const READY: &str = "
    const all = (selector) => document.querySelectorAll(selector).length;
    return all('#printers > .printer') === PRINTERS
        && document.querySelector('.group.held .count')?.textContent
            === 'WAITING'
        && all('.bars') > 0 && all('#records tr') > 0";

fn main() -> Result<()> {
    let folder = scratch();
    let data = folder.path().join("data");
    fs::create_dir(&data)?;
    fill_records(&data.join("records.db"))?;
    let printers = (0..PRINTERS)
        .map(|number| {
            let tray = folder.path().join(format!("tray-{number}"));
            VirtualC360::start(Settings::new(&tray))
        })
        .collect::<std::io::Result<Vec<_>>>()?;
    let mut options = String::new();
    for (number, printer) in printers.iter().enumerate() {
        let address = printer.address();
        writeln!(options, "[printers.floor-{number}]")?;
        writeln!(options, "address = \"tcp://{address}\"")?;
    }
    let file = folder.path().join("print-server.toml");
    fs::write(&file, options)?;
    let file = file.display().to_string();
    let options = ["--config", &file, "--upload-rate", "0"];
    let server = PrintServer::start(&data, &options);
    println!("filling the line: {WAITING} jobs on {PRINTERS} printers");
    for number in 0..WAITING {
        let printer = format!("floor-{}", number % PRINTERS);
        let fields = [("hold", "true"), ("printer", printer.as_str())];
        let text = format!("Lease {number}\n").into_bytes();
        let answer = server.upload("lease.txt", text, &fields);
        assert_eq!(answer.status(), 201, "{}", harness::text_of(answer));
    }

    let browser = Browser::start();
    browser.open(&server.link);
    opening(&browser, &server);
    changes(&browser, &server);
    Ok(())
}

/// Milliseconds from the opening of the page until all of it is shown.
fn opening(browser: &Browser, server: &PrintServer) {
    let ready = READY
        .replace("PRINTERS", &PRINTERS.to_string())
        .replace("WAITING", &WAITING.to_string());
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        browser.open(&server.url("/"));
        browser.wait_until(&ready);
        let now = browser.run("return performance.now()");
        times.push(now.as_f64().expect("a number"));
    }
    show("until all of the page is shown", &times, 1000.0);
}

/// Milliseconds from the request that changes a job until the page shows it.
fn changes(browser: &Browser, server: &PrintServer) {
    browser.run(
        "window.seen = new Map();
         new MutationObserver(() => {
             for (const row of document.querySelectorAll('.job')) {
                 const state = row.querySelector('.state').textContent;
                 const key = `${row.id} ${state}`;
                 if (!window.seen.has(key)) window.seen.set(key, Date.now());
             }
         }).observe(document.body,
             { subtree: true, childList: true, characterData: true });",
    );
    let mut times = Vec::new();
    // The newest of the line stand on the page.
    for number in WAITING - ROUNDS..WAITING {
        let id = number + 1;
        let from = milliseconds();
        let answer = server.request("DELETE", &format!("/api/jobs/{id}"));
        assert_eq!(answer.status(), 200);
        let key = format!("job-{id} cancelled");
        browser.wait_until(&format!("return window.seen.has('{key}')"));
        let seen = browser.run(&format!("return window.seen.get('{key}')"));
        times.push(seen.as_f64().expect("a number") - from);
    }
    show("until the page shows that a job was cancelled", &times, 250.0);
}

fn show(what: &str, times: &[f64], goal: f64) {
    let sorted: Sorted = times.iter().copied().collect();
    let [median, worst] =
        [50, 100].map(|p| sorted.percentile(p).unwrap_or(f64::NAN));
    println!("{what}, {} times", times.len());
    println!("  median {median:.0} ms, worst {worst:.0} ms; goal {goal:.0} ms");
}

/// Milliseconds since 1970, as the browser counts them, too.
fn milliseconds() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("after 1970").as_secs_f64() * 1e3
}

/// Writes the records of a year.
fn fill_records(file: &Path) -> Result<()> {
    // One real job is the pattern of all.
    let folder = scratch();
    let url = format!("sqlite:{}", folder.path().join("queue.db").display());
    let queue = open(&url, "print")?;
    let id = queue.enqueue(NewJob::new("lease"))?.id;
    let pattern = queue.job(&id)?.ok_or("the job that was queued")?;

    let ledger = Ledger::open(file)?;
    let begin = milliseconds() as u64 - YEAR.as_millis() as u64;
    let step = YEAR.as_millis() as u64 / RECORDS;
    let milestones: Vec<Milestone> = (0..RECORDS)
        .map(|number| {
            let mut job = pattern.clone();
            // Numbers that the server's own jobs do not reach.
            job.id = JobId(1_000_000 + number);
            job.state = State::Done;
            job.queued_at = begin + number * step;
            job.changed_at = job.queued_at + 60_000;
            Milestone { number: number + 1, run: 1, job }
        })
        .collect();
    ledger.record(&milestones, |milestone| {
        let number = milestone.number;
        Some(Entry {
            user: format!("person-{}", number % 50),
            name: Some("lease.pdf".to_owned()),
            printer: format!("floor-{}", number % PRINTERS as u64),
            color: number.is_multiple_of(3),
            ordered: 4,
            pages: 4,
            sheets: 2,
            ..Entry::default()
        })
    })?;
    Ok(())
}
