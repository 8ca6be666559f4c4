//! Lesson 05, process-queue: four processes empty one pool of ghosts.
//!
//! You see the pool shared and joined (`pool`), a worker killed in the middle
//! of its work (`killed`), all workers killed (`alone`), and what goes over the
//! pipes, good and hostile (`frames`). About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson05             all four, one after the other
//! cargo run --bin lesson05 killed      one of them
//! ```
//!
//! `TEMPO=10` plays ten times faster. Standard error names the processes, so
//! that you can kill one yourself.

mod alone;
mod frame;
mod frames;
mod killed;
mod pool;
mod squad;
mod story;
mod worker;

use std::{env, io, process};

use squad::Squad;
use story::{event, wait};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 4] = ["pool", "killed", "alone", "frames"];

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

// ANCHOR: pool
fn pool() -> io::Result<()> {
    let mut squad = Squad::default();
    for number in 1..=8 {
        squad.pool.put(format!("ghost {number}"));
    }
    for name in GHOSTBUSTERS {
        squad.hire(name)?;
        wait(0.5);
    }
    event("main", "joins the pool");
    squad.join()?;
    event("main", "all ghosts are trapped");
    squad.dismiss()
}
// ANCHOR_END: pool

fn main() -> io::Result<()> {
    match env::args().nth(1) {
        // The program was started by itself: it is a worker.
        Some(option) if option == worker::WORK => worker::work(),
        // One scene by name, or all of them.
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

fn play(scene: &str) -> io::Result<()> {
    match scene {
        "pool" => pool(),
        "killed" => killed::play(),
        "alone" => alone::play(),
        "frames" => frames::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
