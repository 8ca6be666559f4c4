//! How quick the history is, and how large: `cargo bench --bench history`.
//!
//! 20 hosts answer once a second for a week, in the middle of a year in which
//! they answer once in five minutes. Then a chart of each length is asked for,
//! a hundred times.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use history::Retention;
use history::{History, HistoryQuery, Sample};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_795_478_400 * SECOND;
const HOSTS: i64 = 20;

fn main() {
    let data = tempfile::tempdir().expect("a folder");
    let open = || History::open(data.path(), &Retention::default());
    let history = open().expect("opens");
    let mut random = fastrand::Rng::with_seed(20);

    println!("| what is written | samples | seconds | samples/s | MB |");
    println!("|---|---|---|---|---|");
    let mut end = START;
    for (what, every, until) in [
        ("51 weeks, every 5 minutes", 5 * MINUTE, 51 * 7 * DAY),
        ("a week, every second", SECOND, 52 * 7 * DAY),
    ] {
        let (mut count, mut writing) = (0_u64, Duration::ZERO);
        while end < START + until {
            // As much in a batch as comes in a minute.
            let batch_end = end + every.max(MINUTE);
            let mut batch = Vec::new();
            while end < batch_end {
                batch.extend(pings(end, &mut random));
                end += every;
            }
            count += batch.len() as u64;
            let begun = Instant::now();
            history.record(&batch).expect("room");
            writing += begun.elapsed();
        }
        let begun = Instant::now();
        history.settle().expect("room");
        let seconds = (writing + begun.elapsed()).as_secs_f64();
        let rate = count as f64 / seconds;
        let size = size_of(data.path());
        println!(
            "| {what} | {count} | {seconds:.1} | {rate:.0} | {:.1} |",
            size as f64 / 1e6
        );
    }

    println!();
    println!("| what is written | median ms | slowest ms |");
    println!("|---|---|---|");
    let mut batches: Vec<Vec<Sample>> = (0..200)
        .map(|batch| {
            let second = |at: i64| end + (50 * batch + at) * SECOND;
            (0..50).flat_map(|at| pings(second(at), &mut random)).collect()
        })
        .rev()
        .collect();
    let mut next = || batches.pop().expect("one for each time");
    row("1,000 samples", || history.record(&next()).expect("room"));
    row("1 sample", || history.record(&next()[..1]).expect("room"));
    row("1 text, on the disk for good", || {
        history.keep("bench", "text").expect("room");
    });

    println!();
    println!("| what is asked | points | median ms | slowest ms |");
    println!("|---|---|---|---|");
    for (what, length, step) in [
        ("an hour", HOUR, None),
        ("an hour, every sample", HOUR, Some(0)),
        ("a day", DAY, None),
        ("a week", 7 * DAY, None),
        ("a week, every minute", 7 * DAY, Some(MINUTE)),
        ("a month", 31 * DAY, None),
        ("three months", 91 * DAY, None),
        ("a year", 364 * DAY, None),
        ("a year, every hour", 364 * DAY, Some(HOUR)),
    ] {
        let mut query = HistoryQuery::new("ping", end - length, end);
        query.target = Some("host 7".to_owned());
        query.step = step;
        let ask = || history.query(&query).expect("an answer");
        let points = ask().times.len();
        row(&format!("{what} | {points}"), || {
            serde_json::to_string(&ask()).expect("plain");
        });
    }

    println!();
    drop(history);
    let begun = Instant::now();
    let _history = open().expect("opens");
    println!("opened again in {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
}

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

fn row(what: &str, mut work: impl FnMut()) {
    let mut times: Vec<f64> = (0..100)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("| {what} | {:.2} | {:.2} |", times[50], times[99]);
}

fn size_of(data: &Path) -> u64 {
    fs::read_dir(data)
        .expect("a folder")
        .map(|entry| entry.and_then(|entry| entry.metadata()))
        .map(|data| data.expect("a file").len())
        .sum()
}
