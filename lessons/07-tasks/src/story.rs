//! The story's clock, and its one kind of line: when, who, what.
//!
//! Story seconds are real seconds times TEMPO. They are shown in steps of half
//! a second: how late a computer is differs from run to run, the story does
//! not.

use std::{env, fmt::Display, sync::LazyLock, time};

static BEGIN: LazyLock<time::Instant> = LazyLock::new(time::Instant::now);

/// Prints an event: the story's seconds so far, who it was, what happened.
pub fn event(who: &str, what: impl Display) {
    println!("{:>5.1}  {who:<18}  {what}", now());
}

/// Sleeps for so many seconds of the story, a multiple of 0.5.
pub async fn wait(seconds: f64) {
    let until = real(now() + seconds);
    tokio::time::sleep(until.saturating_sub(BEGIN.elapsed())).await;
}

/// How long so many seconds of the story really take.
pub fn real(seconds: f64) -> time::Duration {
    time::Duration::from_secs_f64(seconds / tempo())
}

fn now() -> f64 {
    (BEGIN.elapsed().as_secs_f64() * tempo() * 2.0).floor() / 2.0
}

fn tempo() -> f64 {
    let tempo = env::var("TEMPO").ok().and_then(|tempo| tempo.parse().ok());
    tempo.filter(|it: &f64| it.is_finite() && *it > 0.0).unwrap_or(1.0)
}
