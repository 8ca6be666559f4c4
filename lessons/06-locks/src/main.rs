//! Lesson 06, locks: when threads do share memory, and how.
//!
//! One counter for four threads, wrong, slow and right (`counter`); a lock
//! for many readers (`rwlock`); waiting for a condition without asking over
//! and over (`condvar`); sharing without a lock (`atomics`); two threads that
//! wait for each other for ever, and the cure (`deadlock`); and what it costs
//! to hold a lock for too long (`contention`). About 25 minutes.
//!
//! ```text
//! cargo run --bin lesson06             all of them, one after the other
//! cargo run --bin lesson06 deadlock    one of them
//! ```
//!
//! `TEMPO=10` plays ten times faster.

mod atomics;
mod condvar;
mod contention;
mod counter;
mod deadlock;
mod rwlock;
mod story;
mod thing;

use std::{env, process::ExitCode};

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

const SCENES: [(&str, fn()); 6] = [
    ("counter", counter::play),
    ("rwlock", rwlock::play),
    ("condvar", condvar::play),
    ("atomics", atomics::play),
    ("deadlock", deadlock::play),
    ("contention", contention::play),
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
