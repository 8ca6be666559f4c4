//! `lesson00 check`: runs an exercise's check, and says what its result means.

use std::{io, process::Stdio};

use crate::{Result, course::Lesson, machine::cargo};

/// How far an exercise is.
pub enum Outcome {
    NotBegun,
    /// The compiler's first complaint.
    DoesNotCompile(String),
    /// The complaint of the check.
    Wrong(String),
    Right,
}

pub fn play(lessons: &[Lesson], number: &str) -> Result<bool> {
    let lesson = Lesson::find(number)?;
    let (number, exercise) = (&lesson.number, lesson.exercise());
    let again = format!("cargo run --bin lesson00 check {number}");
    // The first time, compiling it can take a minute.
    println!("cargo test --test exercise{number} ...\n");
    let outcome = check(&lesson)?;
    match &outcome {
        Outcome::NotBegun => {
            println!("Exercise {number} waits for you.\n");
            for (line, text) in lesson.todos()? {
                println!("  {exercise}:{line}\n    {text}");
            }
            println!("\nReplace the todo!(), then ask again: {again}");
            println!("A hint: cargo run --bin lesson00 hint {number}");
        }
        Outcome::DoesNotCompile(complaint) => {
            println!("Exercise {number} does not compile.\n\n{complaint}\n");
            println!("Begin with this one, then ask again: {again}");
        }
        Outcome::Wrong(words) => {
            println!("Exercise {number} is not right yet.\n\n{words}\n");
            println!("A hint: cargo run --bin lesson00 hint {number}");
        }
        Outcome::Right => {
            println!("Exercise {number} is done.\n");
            println!("Compare: {}", lesson.solution());
            let next = lessons.iter().find(|other| other.number > *number);
            match next {
                Some(Lesson { number, title, minutes, .. }) => println!(
                    "Next: {title}, {} minutes: cargo run --bin lesson{number}",
                    minutes.0
                ),
                None => println!("That was the last one."),
            }
        }
    }
    Ok(matches!(outcome, Outcome::Right))
}

/// Runs `cargo test --test exerciseNN`.
pub fn check(lesson: &Lesson) -> Result<Outcome> {
    let test = format!("exercise{}", lesson.number);
    let output = cargo()
        .args(["test", "--quiet", "--test", &test])
        // The panic's line is enough: a backtrace shows the check's own calls.
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    let errors = String::from_utf8_lossy(&output.stderr).replace("\r\n", "\n");
    Ok(if output.status.success() {
        Outcome::Right
    } else if said.contains("not yet implemented") {
        Outcome::NotBegun
    } else if errors.contains("error: could not compile") {
        Outcome::DoesNotCompile(first_complaint(&errors))
    } else if said.contains("\nfailures:\n") {
        Outcome::Wrong(failures(&said))
    } else {
        // Cargo itself has failed: there is no network, or no such test.
        return Err(io::Error::other(errors.trim().to_owned()).into());
    })
}

/// The first error among the compiler's paragraphs of warnings and errors.
fn first_complaint(errors: &str) -> String {
    let mut paragraphs = errors.split("\n\n");
    let first = paragraphs.find(|text| text.starts_with("error"));
    first.unwrap_or(errors).trim().to_owned()
}

/// The text that libtest prints between its two lines `failures:`.
fn failures(said: &str) -> String {
    let said = said.split("\nfailures:\n").nth(1).unwrap_or(said);
    let lines = said.lines().filter(|line| {
        !line.starts_with("note: run with") && !line.starts_with("thread '")
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
