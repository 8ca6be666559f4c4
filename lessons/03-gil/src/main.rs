//! Lesson 03, gil: the same work on one worker, two, and all that you have.
//!
//! Counting primes keeps a processor busy and does nothing else. You see how
//! much faster more threads are in Rust (`rust`), how much faster more threads
//! and processes are in Python (`python`, where a Python 3 is installed), and
//! a split of the work that gains nothing (`even-odd`). About 15 minutes.
//!
//! ```text
//! cargo run --bin lesson03            all three, one after the other
//! cargo run --bin lesson03 rust        one of them
//! WORKERS=2 cargo run --bin lesson03   no more than two workers
//! ```

mod even_odd;
mod primes;
mod python;
mod rust;
mod table;

use std::{env, process::ExitCode, thread};

const SCENES: [(&str, fn()); 3] = [
    ("rust", rust::play),
    ("python", python::play),
    ("even-odd", even_odd::play),
];

fn main() -> ExitCode {
    // One scene by name, or all of them.
    let wanted = env::args().nth(1);
    let chosen = |name: &str| wanted.as_deref().is_none_or(|one| one == name);
    if !SCENES.iter().any(|it| chosen(it.0)) {
        eprintln!("The scenes are {}.", SCENES.map(|it| it.0).join(", "));
        return ExitCode::from(2);
    }
    for (name, play) in SCENES.into_iter().filter(|it| chosen(it.0)) {
        println!("== {name}");
        play();
    }
    ExitCode::SUCCESS
}

/// As many workers as this machine has processors, or WORKERS of them.
fn most_workers() -> u32 {
    let wanted = env::var("WORKERS").ok().and_then(|it| it.parse().ok());
    wanted
        .filter(|it| (1..=256).contains(it))
        .or_else(|| {
            let processors = thread::available_parallelism().ok()?;
            u32::try_from(processors.get()).ok()
        })
        .unwrap_or(1)
}
