//! Lesson 04, channels: a pool of ghosts, four who hunt, and a trap.
//!
//! Threads that share nothing and pass messages (`pool`); what happens when
//! ghosts come faster than they are caught (`bounded`); who is next (`fifo`,
//! `lifo`, `priority`); waiting for two things, but not for ever (`timeout`);
//! how everybody learns that it is over (`closing`); and what a message costs
//! (`rates`, with Python's queues beside it). About 25 minutes.
//!
//! ```text
//! cargo run --bin lesson04             all of them, one after the other
//! cargo run --bin lesson04 priority    one of them
//! ```
//!
//! `TEMPO=10` plays ten times faster.

mod afternoon;
mod bounded;
mod closing;
mod fifo;
mod lifo;
mod pool;
mod priority;
mod python;
mod rates;
mod story;
mod timeout;

use std::{env, process::ExitCode};

const SCENES: [(&str, fn()); 8] = [
    ("pool", pool::play),
    ("bounded", bounded::play),
    ("fifo", fifo::play),
    ("lifo", lifo::play),
    ("priority", priority::play),
    ("timeout", timeout::play),
    ("closing", closing::play),
    ("rates", rates::play),
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
