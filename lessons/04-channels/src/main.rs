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
mod priority;
mod python;
mod rates;
mod story;
mod timeout;

use std::{env, process::ExitCode, thread};

use crossbeam_channel::{Receiver, Sender, unbounded};
use story::{event, wait};

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

const SCENES: [(&str, fn()); 8] = [
    ("pool", pool),
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

// ANCHOR: pool
fn pool() {
    // Ghosts wait in the pool, caught ones end up in the trap.
    let (pool, waiting) = unbounded();
    let (caught, trap) = unbounded();
    (1..=20).for_each(|ghost| pool.send(ghost).expect("`waiting` is here"));
    drop(pool); // no more will come

    // Each hunter has an end of both channels. They share nothing else.
    for name in GHOSTBUSTERS {
        let (waiting, caught) = (waiting.clone(), caught.clone());
        thread::spawn(move || hunt(name, waiting, caught));
        wait(0.5);
    }

    // The trap closes when the last who could fill it has gone home.
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
