//! Lesson 07, tasks: the first story again, and then a hundred thousand.
//!
//! The four board Ecto-1 as tasks on one thread (`report`); a hundred thousand
//! ghosts are about at once, and their memory is measured (`many`); tasks are
//! called off, at once or when it suits them (`cancel`); and one that does not
//! let go holds up all others, until it is moved (`blocked`). About 25
//! minutes.
//!
//! ```text
//! cargo run --bin lesson07             all four, one after the other
//! cargo run --bin lesson07 cancel      one of them
//! ```
//!
//! `TEMPO=10` plays ten times faster.

mod blocked;
mod cancel;
mod many;
mod memory;
mod story;

use std::{env, process::ExitCode};

use story::{event, wait};
use tokio::{runtime, runtime::Runtime, task::JoinSet};

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

const SCENES: [(&str, fn()); 4] = [
    ("report", report),
    ("many", many::play),
    ("cancel", cancel::play),
    ("blocked", blocked::play),
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

// ANCHOR: report
fn report() {
    one_thread().block_on(async {
        let mut team = JoinSet::new();
        for name in GHOSTBUSTERS {
            team.spawn(board(name));
            wait(0.5).await;
        }
        event("main", "waits for the four");
        team.join_all().await;
        event("main", "drives off");
    });
}

async fn board(me: &str) {
    event(me, "reporting");
    wait(5.0).await;
    event(me, "inside Ecto-1");
}

/// An executor that runs all tasks on the thread that calls it.
fn one_thread() -> Runtime {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("threads and timers")
}
// ANCHOR_END: report
