//! Lesson 25: years of samples in one file.
//!
//! You see a process write a week of pings and be killed in the middle of a
//! write, what the week takes in the file, how an hour is packed into a few
//! bytes a sample, and how a percentile survives a summary.
//!
//! ```console
//! $ cargo run --bin lesson25
//! $ cargo run --bin lesson25 week
//! ```
//!
//! The scenes are `week`, `block` and `percentile`. About 20 minutes.

mod scenes;

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::time::Duration;

use fastrand::Rng;
use history::{History, HistoryQuery, Retention, Sample};

use scenes::{block, percentile, size};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 3] = ["week", "block", "percentile"];

/// The argument that makes this program the process that is killed.
const WRITER: &str = "write-until-killed";

const SECOND: i64 = 1_000;
/// A Tuesday in 2026, at midnight, in Unix milliseconds.
const START: i64 = 1_795_478_400 * SECOND;
/// A day and a week in seconds: there is a ping in each.
const DAY: i64 = 24 * 60 * 60;
const WEEK: i64 = 7 * DAY;

/// A week is written, the writer is killed, and everything is still there.
fn week() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    // ANCHOR: kill
    // Another process writes. Each time that `record` has returned, it prints
    // how many pings are kept by now.
    let mut writer = Command::new(env::current_exe()?)
        .arg(WRITER)
        .arg(data.path())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = writer.stdout.take().ok_or("the output is piped")?;
    let mut acknowledged = 0;
    for line in BufReader::new(stdout).lines() {
        acknowledged = line?.parse()?;
        if acknowledged == WEEK {
            break;
        }
    }
    // Now it writes a whole day at once. On Unix, this is `kill -9`.
    writer.kill()?;
    writer.wait()?;
    println!("{acknowledged} pings were acknowledged, then came the kill");

    let history = History::open(data.path(), &keep())?;
    let end = START + WEEK * SECOND - 1;
    let found = history.samples("ping", "router", START, end, usize::MAX)?;
    println!("{} of them are in the file", found.len());
    // ANCHOR_END: kill
    let more = history.samples("ping", "router", end, i64::MAX, usize::MAX)?;
    let whole = more.is_empty() || more.len() as i64 == DAY;
    println!("the write under way was all or nothing: {whole}");

    // The monitor goes on: the week's last hour is over, and is closed.
    history.record(&pings(WEEK + DAY..WEEK + DAY + 120, &mut Rng::new()))?;
    history.close_hours()?;
    println!();
    size::show(history.path(), end)?;

    let chart = history.query(&HistoryQuery::new("ping", START, end))?;
    let (points, step) = (chart.times.len(), chart.step / SECOND / 60);
    println!("\na chart of the week: {points} points of {step} min each");
    Ok(())
}

/// A month of samples: no hour of the lesson becomes too old.
fn keep() -> Retention {
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    Retention { raw: month, ..Retention::default() }
}

/// Writes a week of pings, ten minutes at a time, then a day at once.
fn write_until_killed(data: &Path) -> Result<(), Box<dyn Error>> {
    let history = History::open(data, &keep())?;
    let mut random = Rng::with_seed(25);
    for begin in (0..WEEK).step_by(600) {
        history.record(&pings(begin..begin + 600, &mut random))?;
        println!("{}", begin + 600);
    }
    history.record(&pings(WEEK..WEEK + DAY, &mut random))?;
    Ok(())
}

/// A ping a second. Most take 9 ms and a little more; 1 in 200 is lost.
fn pings(seconds: Range<i64>, random: &mut Rng) -> Vec<Sample> {
    let mut pings = Vec::new();
    for second in seconds {
        let at = START + second * SECOND + random.i64(0..3);
        let milliseconds = 9.0 - random.f64().ln();
        let value = (random.u8(..200) > 0).then_some(milliseconds);
        pings.push(Sample::new(at, "ping", "router", value));
    }
    pings
}

fn main() -> Result<(), Box<dyn Error>> {
    if let (Some(WRITER), Some(data)) =
        (env::args().nth(1).as_deref(), env::args_os().nth(2))
    {
        return write_until_killed(data.as_ref());
    }
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "week" => week(),
        "block" => block::play(),
        "percentile" => percentile::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
