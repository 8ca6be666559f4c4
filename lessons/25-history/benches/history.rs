//! How quick the history is, and how large: `cargo bench --bench history`.
//!
//! 20 hosts are pinged for a year, with the usual retention: every second in
//! its last 13 weeks, of which minutes and samples are kept, and every ten
//! seconds before. That takes some minutes. `cargo bench --bench history --
//! whole` pings every second for the whole year and takes three times as long;
//! hours with ten times as many pings are hardly larger.
//!
//! Then it says what samples, minutes and hours take in the file, and asks for
//! a chart of each range. In turns with each, the whole file is read once,
//! which is what the simplest program would have to do. A busy machine slows
//! down both: look at their ratio.

use std::env;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use history::{History, HistoryQuery, Retention, Sample};
use rusqlite::Connection;
use statistics::Sorted;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_795_478_400 * SECOND;
const HOSTS: i64 = 20;
/// How often each thing is measured.
const ROUNDS: usize = 100;
/// What is asked for: a range, and the step where one is named.
const CHARTS: [(&str, i64, Option<i64>); 9] = [
    ("an hour", HOUR, None),
    ("an hour, every sample", HOUR, Some(0)),
    ("a day", DAY, None),
    ("a week", 7 * DAY, None),
    ("a week, every minute", 7 * DAY, Some(MINUTE)),
    ("a month", 31 * DAY, None),
    ("three months", 91 * DAY, None),
    ("a year", 364 * DAY, None),
    ("a year, every hour", 364 * DAY, Some(HOUR)),
];

fn main() {
    let data = tempfile::tempdir().expect("a folder");
    let open = || History::open(data.path(), &Retention::default());
    let history = open().expect("opens");
    let mut random = fastrand::Rng::with_seed(20);

    println!("| what is written | samples | seconds | samples/s | MB |");
    println!("|---|---|---|---|---|");
    let mut end = START;
    let whole = env::args().any(|argument| argument == "whole");
    let (what, every) = match whole {
        true => ("39 weeks, every second", SECOND),
        false => ("39 weeks, every 10 seconds", 10 * SECOND),
    };
    for (what, every, until) in [
        (what, every, 39 * 7 * DAY),
        ("13 weeks, every second", SECOND, 52 * 7 * DAY),
    ] {
        let (mut count, mut writing) = (0_u64, Duration::ZERO);
        while end < START + until {
            // A batch holds what comes in a minute.
            let batch_end = end + every.max(MINUTE);
            let mut batch = Vec::new();
            while end < batch_end {
                batch.extend(pings(end, &mut random));
                end += every;
            }
            count += batch.len() as u64;
            writing += time(|| history.record(&batch).expect("room"));
        }
        writing += time(|| history.close_hours().expect("room"));
        let seconds = writing.as_secs_f64();
        let rate = count as f64 / seconds;
        let size = size_of(data.path()) as f64 / 1e6;
        println!("| {what} | {count} | {seconds:.1} | {rate:.0} | {size:.1} |");
    }

    println!();
    show_sizes(history.path());

    println!();
    println!("| what is written | median ms | slowest ms |");
    println!("|---|---|---|");
    let mut batches: Vec<Vec<Sample>> = (0..2 * ROUNDS as i64)
        .map(|batch| {
            let second = |at: i64| end + (50 * batch + at) * SECOND;
            (0..50).flat_map(|at| pings(second(at), &mut random)).collect()
        })
        .rev()
        .collect();
    let mut next = || batches.pop().expect("one for each time");
    show_writing("1,000 samples", || history.record(&next()).expect("room"));
    show_writing("1 sample", || history.record(&next()[..1]).expect("room"));
    show_writing("1 text that survives a power cut", || {
        history.set_state("bench", "text").expect("room");
    });

    println!();
    println!(
        "| what is asked | points | chart ms | slowest ms | whole file ms \
         | chart / file |"
    );
    println!("|---|---|---|---|---|---|");
    for (what, length, step) in CHARTS {
        let mut query =
            HistoryQuery::new("ping", end - length, end).of("host 7");
        query.step = step;
        show_chart(what, &history, &query);
    }

    println!();
    drop(history);
    let opening = time(|| drop(open().expect("opens")));
    println!("opened again in {:.0} ms", opening.as_secs_f64() * 1e3);
}

/// What 20 hosts answer in one second: some milliseconds, with a long tail.
/// One ping in 200 is lost.
fn pings(at: i64, random: &mut fastrand::Rng) -> Vec<Sample> {
    (0..HOSTS)
        .map(|host| {
            let tail = -random.f64().ln();
            let value = 0.4 + 3.0 * host as f64 + 1.5 * tail;
            let target = format!("host {host}");
            let at = at + host * 13 + random.i64(0..3);
            let answers = random.u32(..1000) >= 5;
            Sample::new(at, "ping", &target, answers.then_some(value))
        })
        .collect()
}

/// What each kind takes in the file: its bytes, and all pages of its table and
/// of the index that finds its rows.
fn show_sizes(path: &Path) {
    let sql = Connection::open(path).expect("the file");
    let number = |question: &str| -> i64 {
        let answer = sql.query_row(question, [], |row| row.get(0));
        answer.expect("a number")
    };
    println!("| what is kept | for | how many | MB in the file | bytes each |");
    println!("|---|---|---|---|---|");
    for (what, keep, table, in_a_row) in [
        ("samples", "a week", "blocks", 3600),
        ("minutes", "90 days", "minutes", 60),
        ("hours", "a year", "hours", 24),
    ] {
        let rows = number(&format!("SELECT count(*) FROM {table}"));
        let bytes = number(&format!(
            "SELECT sum(pgsize) FROM dbstat
             WHERE name IN ('{table}', 'sqlite_autoindex_{table}_1')"
        ));
        let count = rows * in_a_row;
        println!(
            "| {what} | {keep} | {count} | {:.1} | {:.1} |",
            bytes as f64 / 1e6,
            bytes as f64 / count as f64
        );
    }
    let pages = number("PRAGMA page_count");
    let free = number("PRAGMA freelist_count");
    println!("| room for what comes | | | {:.1} | |", page_megabytes(free));
    println!("| all | | | {:.1} | |", page_megabytes(pages));
}

fn page_megabytes(pages: i64) -> f64 {
    (pages * 4096) as f64 / 1e6
}

fn show_writing(what: &str, mut write: impl FnMut()) {
    let times: Sorted =
        (0..ROUNDS).map(|_| milliseconds(time(&mut write))).collect();
    println!("| {what} | {:.2} | {:.2} |", median(&times), slowest(&times));
}

/// A chart and the whole file in turns, so that both meet the same machine.
fn show_chart(what: &str, history: &History, query: &HistoryQuery) {
    let ask = || history.query(query).expect("an answer");
    let points = ask().times.len();
    let (mut charts, mut files) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        charts.push(milliseconds(time(|| {
            serde_json::to_string(&ask()).expect("plain");
        })));
        files.push(milliseconds(time(|| {
            fs::read(history.path()).expect("the file");
        })));
    }
    let charts: Sorted = charts.into_iter().collect();
    let files: Sorted = files.into_iter().collect();
    let (chart, file) = (median(&charts), median(&files));
    println!(
        "| {what} | {points} | {chart:.2} | {:.2} | {file:.2} | {:.3} |",
        slowest(&charts),
        chart / file
    );
}

fn time(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(times: &Sorted) -> f64 {
    times.median().expect("measured")
}

fn slowest(times: &Sorted) -> f64 {
    times.maximum().expect("measured")
}

/// All bytes of a folder: the database, its log, the rest.
fn size_of(data: &Path) -> u64 {
    fs::read_dir(data)
        .expect("a folder")
        .map(|entry| entry.and_then(|entry| entry.metadata()))
        .map(|data| data.expect("a file").len())
        .sum()
}
