//! Lesson 24: when something runs next.
//!
//! You see a day pass in a second while somebody turns the clock on the wall,
//! a loop that sleeps beside a timer that counts, a thousand monitors that
//! start in the same moment, the nights in which the hour changes, windows for
//! planned work in them, and the gate that keeps pings and speed tests apart.
//!
//! ```console
//! $ cargo run --bin lesson24
//! $ cargo run --bin lesson24 day
//! ```
//!
//! The scenes are `day`, `drift`, `jitter`, `summer-time`, `windows` and
//! `gate`. About 15 minutes.

mod scenes;

use std::error::Error;
use std::time::Duration;
use std::{env, process, thread};

use fastrand::Rng;
use jiff::SignedDuration;
use schedule::{Cron, Now, Schedule, Step, Timer};

use scenes::{drift, gate, jitter, summer_time, windows};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 6] =
    ["day", "drift", "jitter", "summer-time", "windows", "gate"];

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A day in a second, and a clock that is turned twice.
fn day() -> Result<(), Box<dyn Error>> {
    // ANCHOR: timers
    // Midnight on the wall.
    let wall = "2026-11-28T00:00:00Z".parse()?;
    let mut now = Now { wall, ..Now::read() };
    let start = now.monotonic;

    // Two timers: once in four hours, and at 0, 4, 8, 12, 16 and 20 o'clock.
    let interval = Schedule::every(4 * HOUR);
    let cron = Cron::parse("0 */4 * * *", Some("UTC"))?;
    let pattern = Schedule::Cron { cron, jitter: Duration::ZERO };
    let mut timers = [
        ("interval", Timer::new(interval, now, Rng::new())),
        ("pattern", Timer::new(pattern, now, Rng::new())),
    ];
    // ANCHOR_END: timers

    // Somebody sets the clock at nine, and again in the afternoon.
    let turns = [
        (9 * HOUR, "set 2 h forward", SignedDuration::from_hours(2)),
        (17 * HOUR, "set 3 h back", SignedDuration::from_hours(-3)),
    ];

    println!("passed   wall  what happens");
    // ANCHOR: step
    while now.monotonic - start < DAY {
        let mut wait = MINUTE;
        for (name, timer) in &mut timers {
            match timer.step(now) {
                Step::Run => show(now.monotonic - start, now, name),
                Step::Wait(time) => wait = wait.min(time),
            }
        }
        // Only the lesson's clocks move on. A second takes 12 microseconds.
        thread::sleep(wait / 86_400);
        now = now.plus(wait);
        let passed = now.monotonic - start;
        for (at, what, by) in turns {
            if passed - wait < at && at <= passed {
                now = now.turned(by);
                show(passed, now, &format!("-- the clock is {what}"));
            }
        }
    }
    // ANCHOR_END: step
    Ok(())
}

fn show(passed: Duration, now: Now, what: &str) {
    let minutes = passed.as_secs() / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let wall = now.wall.strftime("%H:%M");
    println!(" {hours:02}:{minutes:02}  {wall}  {what}");
}

fn main() -> Result<(), Box<dyn Error>> {
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
        "day" => day(),
        "drift" => {
            drift::play();
            Ok(())
        }
        "jitter" => {
            jitter::play();
            Ok(())
        }
        "summer-time" => summer_time::play(),
        "windows" => windows::play(),
        "gate" => gate::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
