//! The story's clock, and the one kind of line that it prints: when, who, what.
//!
//! A second of the story is a real second, divided by TEMPO. Times are shown in
//! steps of half a second, so that the story is the same in every run, although
//! a computer is always late by a few milliseconds.

use std::{
    env,
    fmt::Display,
    io::{self, Write},
    process,
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Prints an event: the story's seconds so far, who it was, what happened.
pub fn event(who: &str, what: impl Display) {
    let mut stdout = io::stdout().lock();
    if writeln!(stdout, "{:>5.1}  {who:<18}  {what}", now()).is_err() {
        // The reader of a pipe, such as `head`, has seen enough.
        process::exit(0);
    }
}

/// Sleeps for a number of the story's seconds, a multiple of 0.5.
pub fn wait(seconds: f64) {
    let until = real(now() + seconds);
    thread::sleep(until.saturating_sub(BEGIN.elapsed()));
}

/// The real time that a number of the story's seconds takes.
fn real(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds / tempo())
}

fn now() -> f64 {
    (BEGIN.elapsed().as_secs_f64() * tempo() * 2.0).floor() / 2.0
}

fn tempo() -> f64 {
    let tempo = env::var("TEMPO").ok().and_then(|text| text.parse().ok());
    match tempo {
        Some(tempo) if f64::is_finite(tempo) && tempo > 0.0 => tempo,
        _ => 1.0,
    }
}
