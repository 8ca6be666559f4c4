//! Lesson 08, shared-folder-relay: the talk's Version 1, and how it fails.
//!
//! A client puts a document into a shared folder and its name into Redis. A
//! server on the other side of the folder looks into Redis every so often,
//! sends what it finds to the printer and marks it printed. You see it work
//! (`works`), then fail in three ways, each with its cure: `half-written`,
//! `same-name` and `vanished`. About 20 minutes.
//!
//! ```text
//! cargo run --bin lesson08              all four, one after the other
//! cargo run --bin lesson08 same-name    one of them
//! ```
//!
//! It starts a private Redis, and a small TCP listener that stands in for
//! the printer. Both end with it. `TEMPO=10` makes the waits ten times
//! shorter.

mod document;
mod office;

mod half_written;
mod same_name;
mod vanished;
mod works;

use std::{env, error::Error, process::ExitCode, time::Duration};

use office::Office;
use private_redis::PrivateRedis;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Scene = (&'static str, fn(&mut Office) -> Result<()>);

const SCENES: [Scene; 4] = [
    ("works", works::play),
    ("half-written", half_written::play),
    ("same-name", same_name::play),
    ("vanished", vanished::play),
];

fn main() -> Result<ExitCode> {
    // One scene by name, or all of them.
    let wanted = env::args().nth(1);
    let chosen: Vec<Scene> = SCENES
        .into_iter()
        .filter(|(name, _)| wanted.as_deref().is_none_or(|one| one == *name))
        .collect();
    if chosen.is_empty() {
        eprintln!("The scenes are works, half-written, same-name, vanished.");
        return Ok(ExitCode::from(2));
    }

    // Without Redis there is no Version 1.
    let redis = match PrivateRedis::start() {
        Ok(redis) => redis,
        Err(missing) => {
            println!("{missing}");
            return Ok(ExitCode::SUCCESS);
        }
    };

    // Each scene has an office of its own: empty Redis, folder and tray.
    for (number, (name, play)) in chosen.into_iter().enumerate() {
        if number > 0 {
            println!();
        }
        println!("== {name}");
        play(&mut Office::open(redis.url())?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One line of the story: who, and what happened to them.
fn say(who: &str, what: impl std::fmt::Display) {
    println!("{who:8} {what}");
}

/// `time`, shortened by the factor in the environment variable TEMPO.
fn tempo(time: Duration) -> Duration {
    let factor = env::var("TEMPO").ok().and_then(|tempo| tempo.parse().ok());
    time.div_f64(factor.filter(|f| *f > 0.0).unwrap_or(1.0))
}
