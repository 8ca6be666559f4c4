//! Lesson 00, start-here: what this machine has, what there is to learn, and
//! how far you are. About 10 minutes.
//!
//! ```text
//! cargo run --bin lesson00              the machine, the lessons, and you
//! cargo run --bin lesson00 fetch        get ready for a room without wifi
//! cargo run --bin lesson00 check 04     check your exercise 04
//! cargo run --bin lesson00 hint 04      a hint, and where the next one is
//! cargo run --bin lesson00 example      the machine of somebody else
//! ```
//!
//! It writes no file. What you have done is found by running the checks.

mod check;
mod course;
mod example;
mod fetch;
mod hint;
mod install;
mod machine;
mod output;
mod progress;
mod redis;
mod table;
mod version;

use std::{env, error::Error, process::ExitCode};

use course::Lesson;
use install::System;
use machine::Machine;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Shows what this machine has, the lessons, and how far the reader is.
/// Returns whether nothing is missing.
fn overview() -> Result<bool> {
    // Both are worth reading, also when something is missing.
    let ready = table::show(&Machine::inspect());
    println!();
    progress::show(&Lesson::all()?)?;
    Ok(ready)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match play(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Does what the arguments ask for, and returns whether all is well.
fn play(arguments: &[&str]) -> Result<bool> {
    match arguments {
        [] => overview(),
        ["fetch"] => fetch::play(),
        ["check", number] => check::play(&Lesson::all()?, number),
        ["hint", number] => hint::play(&Lesson::find(number)?, "1"),
        ["hint", number, which] => hint::play(&Lesson::find(number)?, which),
        ["example"] => example::play(System::Debian),
        ["example", system] => example::play(system.parse()?),
        _ => Err("usage: lesson00 [fetch | check NN | hint NN [WHICH] | \
                  example [debian|fedora|macos|windows]]"
            .into()),
    }
}
