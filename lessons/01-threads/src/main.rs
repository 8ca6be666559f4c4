//! Lesson 01, threads: four Ghostbusters report, wait and board Ecto-1.
//!
//! You see four threads wait at the same time (`report`), threads that borrow
//! what they work on (`scoped`), a thread that panics and loses nothing
//! (`panic`), and four that nobody waits for (`forgotten`). About 15 minutes.
//!
//! ```text
//! cargo run --bin lesson01            all four, one after the other
//! cargo run --bin lesson01 panic      one of them
//! ```
//!
//! `TEMPO=10` plays ten times faster. The bits of `SEED` say which threads
//! panic.

mod forgotten;
mod panic;
mod scoped;
mod story;

use std::{env, process, thread};

use story::{event, wait};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 4] = ["report", "scoped", "panic", "forgotten"];

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

// ANCHOR: report
fn report() {
    // They come through the door half a second apart.
    let mut threads = Vec::new();
    for name in GHOSTBUSTERS {
        let builder = thread::Builder::new().name(name.to_owned());
        let thread = builder.spawn(move || board(name));
        threads.push(thread.expect("memory for a thread"));
        wait(0.5);
    }

    // Without this, the program would leave before they do.
    event("main", "waits for the four");
    for thread in threads {
        thread.join().expect("nothing in board() panics");
    }
    event("main", "drives off");
}

fn board(me: &str) {
    event(me, "reporting");
    wait(5.0);
    event(me, "inside Ecto-1");
}
// ANCHOR_END: report

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
        "report" => report(),
        "scoped" => scoped::play(),
        "panic" => panic::play(),
        "forgotten" => forgotten::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
