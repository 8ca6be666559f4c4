//! Lesson 04, channels: a pool of ghosts and a trap. About 25 minutes.
//!
//! Four threads take messages (`pool`), one is slow (`bounded`), who is next
//! (`fifo`, `lifo`, `priority`), no answer (`timeout`), `closing`, `rates`.
//!
//! ```text
//! cargo run --bin lesson04                  all, one after the other
//! TEMPO=10 cargo run --bin lesson04 fifo    one of them, ten times faster
//! ```

mod scenes;
mod story;

use std::{env, process, thread};

use crossbeam_channel::{Receiver, Sender, unbounded};
use scenes::SCENES;
use story::{GHOSTBUSTERS, event, wait};

// ANCHOR: pool
fn pool() {
    // Ghosts wait in the pool, caught ones end up in the trap.
    let (pool, waiting) = unbounded();
    let (caught, trap) = unbounded();
    for ghost in 1..=20 {
        pool.send(ghost).expect("`waiting` is here");
    }
    drop(pool); // no more will come

    // Each hunter has an end of both channels. They share nothing else.
    for name in GHOSTBUSTERS {
        let (waiting, caught) = (waiting.clone(), caught.clone());
        thread::spawn(move || hunt(name, waiting, caught));
        wait(0.5);
    }

    // The trap closes when its last sender is dropped: the last hunter goes.
    drop(caught);
    event("trap", format!("holds {} ghosts", trap.iter().count()));
}

fn hunt(name: &str, waiting: Receiver<u32>, caught: Sender<u32>) {
    for ghost in waiting {
        event(name, format!("takes ghost {ghost}"));
        wait(if ghost % 3 == 0 { 4.0 } else { 2.0 });
        caught.send(ghost).expect("the trap outlives the hunt");
    }
    event(name, "finds the pool empty");
}
// ANCHOR_END: pool

fn main() {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene);
            }
        }
    }
}

fn play(scene: &str) {
    match scene {
        "pool" => pool(),
        "bounded" => scenes::bounded::play(),
        "fifo" => scenes::fifo::play(),
        "lifo" => scenes::lifo::play(),
        "priority" => scenes::priority::play(),
        "timeout" => scenes::timeout::play(),
        "closing" => scenes::closing::play(),
        "rates" => scenes::rates::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
