//! Timeline: draws who did what when, from the events that lessons 01 to 07
//! print.
//!
//! ```text
//! cargo run --bin lesson01 | cargo run --bin timeline
//! cargo run --bin timeline tests/transcripts/lesson01.txt
//! cargo run --bin timeline -- --svg tests/transcripts/lesson01.txt > 01.svg
//! ```
//!
//! An event is a line `{seconds:>5.1}  {who:<18}  {what}`. A line `== name` or
//! `-- name` begins a new scene. All other lines are skipped.

mod event;
mod scene;
mod svg;
mod terminal;

use std::{
    env, fs,
    io::{self, Read, Write},
    process::ExitCode,
};

use scene::Story;

const USAGE: &str = "usage: timeline [--svg] [FILE]";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let svg = arguments.iter().any(|argument| argument == "--svg");
    arguments.retain(|argument| argument != "--svg");
    if arguments.len() > 1 || arguments.iter().any(|a| a.starts_with('-')) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match draw(arguments.first().map(String::as_str), svg) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever was reading has seen enough, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn draw(file: Option<&str>, svg: bool) -> io::Result<()> {
    let mut bytes = Vec::new();
    match file {
        None => drop(io::stdin().read_to_end(&mut bytes)?),
        Some(file) => {
            bytes = fs::read(file).map_err(|error| {
                io::Error::other(format!("{file} cannot be read: {error}"))
            })?;
        }
    }
    let story = Story::read(&String::from_utf8_lossy(&bytes));
    if story.scenes.is_empty() {
        return Err(io::Error::other(
            "No line was an event, such as\n  0.5  Egon Spengler       \
             reporting",
        ));
    }
    let drawn = if svg { svg::draw(&story) } else { terminal::draw(&story) };
    let mut stdout = io::stdout().lock();
    stdout.write_all(drawn.as_bytes())?;
    stdout.flush()
}
