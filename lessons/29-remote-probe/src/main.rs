//! Lesson 29: a remote probe.
//!
//! You see a probe that measures while its line is cut and while it is killed,
//! and a history without a hole. About 20 minutes.
//!
//!     cargo run --bin lesson29

mod scenes;

use scenes::monitor::Monitor;
use scenes::probe::Probe;
use std::error::Error;
use std::{env, process};

use remote_probe::Line;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The scenes, in the order in which they are played.
const SCENES: [&str; 2] = ["cut", "clock"];

/// A minute without a line, and a probe that is killed in it.
fn cut() -> Result<()> {
    // A monitor with an empty history, a line to it, and a probe at its end:
    // a process of its own, which measures when it is told to.
    let monitor = Monitor::start()?;
    let line = Line::to(monitor.address())?;
    let folder = tempfile::tempdir()?;
    let mut probe = Probe::start(&monitor, &line, folder.path())?;

    // Ten seconds in which all is well.
    probe.measure(10)?;
    monitor.wait_for(10)?;
    say(&monitor, &probe, "all is well");

    // Somebody unplugs the line. The probe measures on.
    line.cut();
    probe.measure(25)?;
    say(&monitor, &probe, "the line is cut");

    // The probe is killed as by `kill -9`, and started again.
    probe.kill()?;
    let mut probe = probe.again(&monitor, &line)?;
    probe.measure(35)?;
    say(&monitor, &probe, "killed, and started again");

    // The line is back. All that waits is sent, the oldest first.
    line.mend();
    probe.measure(10)?;
    monitor.wait_for(80)?;
    say(&monitor, &probe, "the line is back");

    println!("\nwhat the history has of each ten seconds:");
    for (from, samples, lost) in monitor.tens()? {
        println!("  {from}  {samples} samples, {lost} of them lost");
    }
    Ok(())
}

fn say(monitor: &Monitor, probe: &Probe, what: &str) {
    let (measured, known) = (probe.measured(), monitor.samples());
    println!("{what:<26} measured {measured:>2}, in the history {known:>2}");
}

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    // One scene by name, or all of them.
    match words.next().as_deref() {
        // The probe is this program, too.
        Some("probe") => scenes::probe::run(words),
        Some(scene) => play(scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<()> {
    match scene {
        "cut" => cut(),
        "clock" => {
            scenes::clock::play();
            Ok(())
        }
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
