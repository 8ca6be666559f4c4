//! Exercise 07: ask many ghosts at once, and wait for none too long.
//!
//! Some of the ghosts answer, some never do:
//!
//! ```text
//! cargo run --bin exercise07 1000
//! cargo test --test exercise07
//! ```

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{env, future::pending, process::ExitCode, time::Duration};

use tokio::{task::JoinSet, time::sleep, time::timeout};

/// A ghost that has not answered by then is silent.
const DEADLINE: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    let ghosts = env::args().nth(1).and_then(|number| number.parse().ok());
    let Some(ghosts) = ghosts else {
        eprintln!("usage: exercise07 GHOSTS");
        return ExitCode::from(2);
    };
    let mut answers = ask_all(ghosts).await;
    answers.sort();
    for (ghost, answer) in answers {
        let answer = answer.as_deref().unwrap_or("no answer");
        println!("ghost {ghost}: {answer}");
    }
    ExitCode::SUCCESS
}

/// Asks the ghosts 1 to `ghosts` at the same time, and returns the number and
/// the answer of each, `None` for the silent ones, in any order.
async fn ask_all(ghosts: u32) -> Vec<(u32, Option<String>)> {
    todo!("a task for each ghost in a JoinSet, and a timeout for each answer")
}

/// Returns the ghost's answer, if it ever gives one.
async fn answer_of(ghost: u32) -> String {
    if ghost.is_multiple_of(7) {
        pending::<()>().await;
    }
    sleep(Duration::from_millis(200)).await;
    format!("boo, says {ghost}")
}
