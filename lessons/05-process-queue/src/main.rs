//! Lesson 05, process-queue: four processes empty one pool of ghosts.
//!
//! You see the pool shared and joined (`pool`), a worker killed in the middle
//! of its work (`killed`), a squad of which nobody is left (`alone`), and the
//! frames on the pipes, good and hostile (`frames`). About 20 minutes.
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

use std::{env, io, process::ExitCode};

use squad::Squad;
use story::{event, wait};

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

type Scene = fn() -> io::Result<()>;

const SCENES: [(&str, Scene); 4] = [
    ("pool", pool),
    ("killed", killed::play),
    ("alone", alone::play),
    ("frames", frames::play),
];

fn main() -> io::Result<ExitCode> {
    let wanted = env::args().nth(1);
    let wanted = wanted.as_deref();
    if wanted == Some(worker::WORK) {
        return worker::work();
    }
    if wanted.is_some_and(|name| !SCENES.iter().any(|(it, _)| *it == name)) {
        eprintln!("The scenes are pool, killed, alone and frames.");
        return Ok(ExitCode::from(2));
    }
    for (name, play) in SCENES {
        if wanted.is_none_or(|one| one == name) {
            println!("== {name}");
            play()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

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
