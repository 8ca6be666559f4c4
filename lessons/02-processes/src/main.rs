//! Lesson 02, processes: the same four, each in a process of their own.
//!
//! You see the program start itself four times (`report`), talk to a child
//! through its pipes (`pipes`), learn how a child ended (`exits`), survive a
//! crash that no thread survives (`crash`), and what all this costs
//! (`memory`). About 20 minutes. `TEMPO=10` plays ten times faster.
//!
//! ```text
//! cargo run --bin lesson02            all five, one after the other
//! cargo run --bin lesson02 crash      one of them
//! ```

mod crash;
mod exits;
mod ghostbuster;
mod memory;
mod pipes;
mod story;

use std::{env, io, process};

use ghostbuster::{GHOSTBUSTERS, Ghostbuster, TASK, do_task};
use story::{event, wait};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 5] = ["report", "pipes", "exits", "crash", "memory"];

// ANCHOR: report
fn report() -> io::Result<()> {
    // Each process reports. Half a second later the next one is started.
    event("main", "calls the four");
    let mut children = Vec::new();
    for name in GHOSTBUSTERS {
        let mut child = Ghostbuster::start("board")?;
        event(name, child.receive()?);
        children.push((name, child));
        wait(0.5);
    }

    // Then it says that it is aboard, and ends.
    event("main", "waits for the four");
    for (name, mut child) in children {
        event(name, child.receive()?);
        child.finish()?;
    }
    event("main", "drives off");
    Ok(())
}
// ANCHOR_END: report

fn main() -> io::Result<()> {
    match env::args().nth(1) {
        // The program was started by itself: it is a child.
        Some(option) if option == TASK => do_task(env::args().nth(2)),
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
        "report" => report(),
        "pipes" => pipes::play(),
        "exits" => exits::play(),
        "crash" => crash::play(),
        "memory" => memory::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
