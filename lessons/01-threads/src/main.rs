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

use std::{env, process::ExitCode, thread};

use story::{event, wait};

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

const SCENES: [(&str, fn()); 4] = [
    ("report", report),
    ("scoped", scoped::play),
    ("panic", panic::play),
    ("forgotten", forgotten::play),
];

fn main() -> ExitCode {
    // One scene by name, or all of them.
    let wanted = env::args().nth(1);
    if let Some(name) = &wanted
        && !SCENES.iter().any(|(scene, _)| scene == name)
    {
        eprintln!("The scenes are report, scoped, panic and forgotten.");
        return ExitCode::from(2);
    }
    for (name, play) in SCENES {
        if wanted.as_deref().is_none_or(|one| one == name) {
            println!("== {name}");
            play();
        }
    }
    ExitCode::SUCCESS
}

// ANCHOR: report
fn report() {
    // They come through the door half a second apart.
    let mut threads = Vec::new();
    for name in GHOSTBUSTERS {
        let thread = thread::Builder::new().name(name.to_owned());
        threads.push(thread.spawn(board).expect("memory for a thread"));
        wait(0.5);
    }

    // Without this, the program would leave before they do.
    event("main", "waits for the four");
    for thread in threads {
        thread.join().expect("nothing in board() panics");
    }
    event("main", "drives off");
}

fn board() {
    let thread = thread::current();
    let me = thread.name().expect("report() has named it");
    event(me, "reporting");
    wait(5.0);
    event(me, "inside Ecto-1");
}
// ANCHOR_END: report
