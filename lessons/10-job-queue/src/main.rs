//! Lesson 10: a queue that loses nothing.
//!
//! You will see three ways to keep print jobs in Redis, what the first two
//! lose, and what the third leaves for us to do; then our own queue, whose
//! worker is killed in the middle of a job. About 25 minutes.
//!
//! ```text
//! cargo run --bin lesson10                all scenes
//! cargo run --bin lesson10 set            one: set, list, streams or kill
//! cargo run --bin lesson10 kill sqlite    the last one needs no Redis
//! cargo run --release --bin lesson10 rates    how fast, on this machine
//! ```
//!
//! A private Redis is started, or set REDIS_URL to use another. TEMPO=10
//! plays ten times faster.

mod kill;
mod list;
mod rates;
mod set;
mod streams;
mod worker;

use private_redis::PrivateRedis;
use std::{env, error::Error, process::ExitCode, time::Duration};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();

    // This program is also its own workers, so that they can be killed.
    if let ["worker", role, url] = words[..] {
        worker::work(role, url)?;
        return Ok(ExitCode::SUCCESS);
    }

    // SQLite is a file of ours. Redis may be missing; then some scenes are.
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("queue.db").display());
    let server = match words[..] {
        [_, "sqlite"] => None,
        _ => Redis::find(),
    };
    let url = server.as_ref().map(Redis::url);
    let redis = url.as_deref();

    match words[..] {
        [] => {
            on_redis(redis, set::play)?;
            on_redis(redis, list::play)?;
            on_redis(redis, streams::play)?;
            kill::play(&file)?;
            redis.map_or(Ok(()), kill::play)?;
        }
        ["set"] => on_redis(redis, set::play)?,
        ["list"] => on_redis(redis, list::play)?,
        ["streams"] => on_redis(redis, streams::play)?,
        ["kill"] => {
            kill::play(&file)?;
            redis.map_or(Ok(()), kill::play)?;
        }
        ["kill", "sqlite"] => kill::play(&file)?,
        ["kill", "redis"] => on_redis(redis, kill::play)?,
        ["rates"] => {
            rates::play(&file)?;
            redis.map_or(Ok(()), rates::play)?;
        }
        ["rates", "sqlite"] => rates::play(&file)?,
        _ => {
            eprintln!("Scenes: set, list, streams, kill [sqlite|redis], rates");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A Redis that somebody named, or one of our own.
enum Redis {
    Named(String),
    Private(PrivateRedis),
}

impl Redis {
    fn find() -> Option<Redis> {
        if let Ok(url) = env::var("REDIS_URL") {
            return Some(Redis::Named(url));
        }
        match PrivateRedis::start() {
            Ok(redis) => Some(Redis::Private(redis)),
            Err(missing) => {
                println!("{missing}\n");
                None
            }
        }
    }

    fn url(&self) -> String {
        match self {
            Redis::Named(url) => url.clone(),
            Redis::Private(redis) => redis.url(),
        }
    }
}

type Outcome = Result<(), Box<dyn Error>>;

/// Plays a scene where there is a Redis to play it on.
fn on_redis(redis: Option<&str>, play: fn(&str) -> Outcome) -> Outcome {
    match redis {
        Some(url) => play(url),
        None => Ok(()),
    }
}

/// A pause for show, shortened by TEMPO.
fn beat(millis: f64) -> Duration {
    let tempo = env::var("TEMPO").ok().and_then(|tempo| tempo.parse().ok());
    let tempo: f64 = tempo.unwrap_or(1.0_f64).clamp(0.1, 10.0);
    Duration::from_secs_f64(millis / 1000.0 / tempo)
}
