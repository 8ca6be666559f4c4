//! The network monitor, killed with -9 at random moments: what was announced
//! is there, once and whole.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use harness::NetworkMonitor;
use history::Retention;
use history::{History, HistoryQuery, Sample};
use rusqlite::Connection;
use serde_json::{Value, json};
use speedtest::serve::{ServeOptions, Server};

const KILLS: usize = 50;
const KILLS_OF_THE_PROGRAM: usize = 8;
const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
/// A Tuesday in 2026, at midnight.
const START: i64 = 1_795_478_400 * SECOND;
/// The time from one sample to the next: an hour is closed after 180 of them.
const EVERY: i64 = 20 * SECOND;
/// The number of samples in a batch.
const BATCH: i64 = 3;
/// The number of batches before each result.
const RESULT_EVERY: i64 = 7;

const FOLDER: &str = "HISTORY_TO_BE_KILLED";
const FIRST: &str = "HISTORY_FIRST_BATCH";

#[test]
fn history_loses_nothing_that_was_announced_in_fifty_kills() {
    if let Ok(folder) = std::env::var(FOLDER) {
        let first = std::env::var(FIRST).expect("a number");
        return write_until_killed(
            Path::new(&folder),
            first.parse().expect("a number"),
        );
    }
    let mut random = random();
    let data = tempfile::tempdir().expect("a folder");
    let mut announced = Announced::default();
    for kill in 1..=KILLS {
        let first = announced.batches.last().map_or(0, |last| last + 1);
        let mut writer = start(data.path(), first);
        announced.listen(&mut writer, random.usize(1..300), &mut random);
        announced.check(data.path(), kill);
    }
    println!(
        "{KILLS} kills: {} batches and {} results are there",
        announced.batches.len(),
        announced.results.len()
    );
}

/// The same of the whole program, which pings and tests the speed meanwhile.
#[test]
fn the_program_loses_nothing_that_it_has_published_when_it_is_killed() {
    let mut random = random();
    let server = Server::start(&ServeOptions::default()).expect("a server");
    let scratch = tempfile::tempdir().expect("a folder");
    let data = scratch.path();
    let config = format!(
        "[[target]]\nname = \"near\"\nhost = \"127.0.0.1\"\nevery = \
         \"100ms\"\n[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
         every = \"4h\"\nmost_time = \"1s\"\nmost_bytes = \"2MB\"\n",
        server.address()
    );
    // Metric and time of each sample that was published.
    let mut told = BTreeSet::new();
    for kill in 1..=KILLS_OF_THE_PROGRAM {
        let mut monitor = NetworkMonitor::start(data, &config, &[]);
        let mut tests = random.usize(1..4);
        let mut more = random.usize(0..10);
        let mut runs = true;
        for (name, said) in monitor.events() {
            let idle = name == "status"
                && said["speed"][0]["running"] == false
                && said["speed"][0]["last"].is_number();
            if runs && idle {
                // Another one may have begun since: then it is refused.
                monitor.post("/api/tests/line");
            }
            if name != "sample" {
                continue;
            }
            let metric = said["metric"].as_str().expect("a word");
            let at = said["at"].as_i64().expect("a time");
            told.insert((metric.to_owned(), at));
            if metric == "download" {
                tests = tests.saturating_sub(1);
            }
            if tests > 0 {
                continue;
            }
            // Some samples after a result, and into whatever it does next.
            more = more.saturating_sub(1);
            if runs && more == 0 {
                thread::sleep(Duration::from_micros(random.u64(..20_000)));
                monitor.program.kill();
                runs = false;
            }
        }
        assert!(!runs, "the events ended by themselves");
        check(data, &told, kill);
    }
}

/// Opens the history that was left behind, and makes sure that it is whole.
fn open_whole(data: &Path, kill: usize) -> History {
    let history = History::open(data, &Retention::default());
    let history = history.expect("opens");
    let sql = Connection::open(history.path()).expect("opens");
    let verdict: String = sql
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(verdict, "ok", "kill {kill}");
    history
}

/// Makes sure that all that was published is there.
fn check(data: &Path, told: &BTreeSet<(String, i64)>, kill: usize) {
    let history = open_whole(data, kill);
    let times = |metric: &str, target: &str| -> BTreeSet<i64> {
        let all = history.samples(metric, target, 0, i64::MAX, usize::MAX);
        all.expect("samples").iter().map(|sample| sample.at).collect()
    };
    let (pings, downloads) = (times("ping", "near"), times("download", "line"));
    let results = history.results(0, i64::MAX, usize::MAX).expect("results");
    for result in &results {
        // Whole, whether it went well or not.
        let report = &result.report;
        assert!(report["server"].is_string(), "kill {kill}: {report:#}");
    }
    let results: BTreeSet<i64> = results.iter().map(|one| one.at).collect();
    assert_eq!(results, downloads, "a result and its samples are one");
    for (metric, at) in told {
        let there = match metric.as_str() {
            "ping" => pings.contains(at),
            _ => results.contains(at),
        };
        assert!(there, "kill {kill}: {metric} of {at} is lost");
    }
    assert!(results.len() >= kill && pings.len() >= kill);
}

fn random() -> Rng {
    let seed = match std::env::var("SEED") {
        Ok(seed) => seed.parse().expect("SEED is a number"),
        Err(_) => fastrand::u64(..),
    };
    println!("SEED={seed} makes the same moments again, more or less");
    Rng::with_seed(seed)
}

/// Batches and results by number.
#[derive(Default)]
struct Announced {
    batches: BTreeSet<i64>,
    results: BTreeSet<i64>,
}

impl Announced {
    /// Kills the writer some moment after `count` announcements; those that
    /// were still on their way count as well.
    fn listen(&mut self, writer: &mut Child, count: usize, random: &mut Rng) {
        let said = writer.stdout.take().expect("piped");
        let mut heard = 0;
        let mut lines = BufReader::new(said);
        let mut line = String::new();
        loop {
            line.clear();
            lines.read_line(&mut line).expect("lines");
            // The last one may be torn: that one was not announced.
            let Some(whole) = line.strip_suffix('\n') else { break };
            let Some((what, number)) = whole.split_once(' ') else { continue };
            let number = number.parse();
            match (what, number) {
                ("batch", Ok(number)) => self.batches.insert(number),
                ("result", Ok(number)) => self.results.insert(number),
                // A line of the test harness.
                _ => continue,
            };
            heard += 1;
            if heard == count {
                // Into whatever it does next: right after an announcement
                // is always the same moment.
                thread::sleep(Duration::from_micros(random.u64(..10_000)));
                writer.kill().expect("it runs");
            }
        }
        writer.wait().expect("it is ours");
        assert!(heard >= count, "the writer ended by itself after {heard}");
    }

    /// Looks for what was announced, and takes in what the writer had no time
    /// to announce.
    fn check(&mut self, data: &Path, kill: usize) {
        let history = open_whole(data, kill);
        let found = history
            .samples("ping", "router", 0, i64::MAX, usize::MAX)
            .expect("samples");
        let batches = found.len() as i64 / BATCH;
        let expected: Vec<Sample> = (0..batches).flat_map(batch).collect();
        assert!(found == expected, "kill {kill}: torn, lost or doubled");
        assert!((0..batches).last() >= self.batches.last().copied());
        self.batches = (0..batches).collect();

        let results =
            history.results(0, i64::MAX, usize::MAX).expect("results");
        let mut numbers = BTreeSet::new();
        for kept in results {
            let number = kept.report["number"].as_i64().expect("a number");
            assert_eq!(kept.report, report(number), "kill {kill}");
            assert!(numbers.insert(number), "kill {kill}: {number} twice");
        }
        let lost: Vec<_> = self.results.difference(&numbers).collect();
        assert!(lost.is_empty(), "kill {kill}: lost {lost:?}");
        let downloads = history
            .samples("download", "home", 0, i64::MAX, usize::MAX)
            .expect("samples");
        let of_samples: BTreeSet<i64> = downloads
            .iter()
            .map(|sample| sample.value.expect("measured") as i64)
            .collect();
        assert_eq!(numbers, of_samples, "a result and its samples are one");
        assert_eq!(downloads.len(), numbers.len());
        self.results = numbers;

        // The hours that were closed count each sample once.
        let mut query = HistoryQuery::new("ping", 0, i64::MAX);
        query.step = Some(HOUR);
        let hours = history.query(&query).expect("an answer");
        let count: u64 = hours.count.iter().sum();
        assert_eq!(count, found.len() as u64, "kill {kill}");
    }
}

fn start(data: &Path, first: i64) -> Child {
    let test = "history_loses_nothing_that_was_announced_in_fifty_kills";
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, data)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program")
}

/// Announces each batch and each result when it is kept.
fn write_until_killed(data: &Path, first: i64) {
    let history = History::open(data, &Retention::default()).expect("opens");
    let mut output = stdout();
    for number in first.. {
        let samples: Vec<Sample> = batch(number).collect();
        history.record(&samples).expect("kept");
        writeln!(output, "batch {number}").expect("somebody listens");
        if number % RESULT_EVERY == 0 {
            let value = Some(number as f64);
            let at = time(number * BATCH);
            let sample = Sample::new(at, "download", "home", value);
            history
                .record_result(at, "home", &report(number), &[sample])
                .expect("kept");
            writeln!(output, "result {number}").expect("somebody listens");
        }
    }
}

fn batch(number: i64) -> impl Iterator<Item = Sample> {
    (number * BATCH..(number + 1) * BATCH).map(|sample| {
        let value = (sample % 10 != 0).then_some(sample as f64);
        let error = value.is_none().then(|| format!("lost {}", sample % 30));
        let sample = Sample::new(time(sample), "ping", "router", value);
        Sample { error, ..sample }
    })
}

fn time(sample: i64) -> i64 {
    START + sample * EVERY
}

/// A report of some kilobytes: over several pages of the file.
fn report(number: i64) -> Value {
    let mut random = Rng::with_seed(number.unsigned_abs());
    let size = random.usize(0..1_000);
    let timeline: Vec<u32> = (0..size).map(|_| random.u32(..)).collect();
    json!({ "number": number, "timeline": timeline })
}
