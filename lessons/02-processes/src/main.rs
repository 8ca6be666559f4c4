//! Lesson 02, processes: the same four, each in a process of their own.
//!
//! You see the program start itself four times (`report`), talk to a child
//! through its pipes (`pipes`), learn how a child ended (`exits`), survive a
//! crash that no thread survives (`crash`), and what all this costs
//! (`memory`). About 20 minutes. `TEMPO=10` plays ten times faster.
//!
//! ```text
//! cargo run --bin lesson02            all five, one after the other
//! cargo run --bin lesson02 crash      one of them
//! ```

mod crash;
mod exits;
mod ghostbuster;
mod memory;
mod pipes;
mod report;
mod story;

use std::{env, io, process::ExitCode};

use ghostbuster::WORK;

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

type Scene = fn() -> io::Result<()>;

const SCENES: [(&str, Scene); 5] = [
    ("report", report::play),
    ("pipes", pipes::play),
    ("exits", exits::play),
    ("crash", crash::play),
    ("memory", memory::play),
];

fn main() -> io::Result<ExitCode> {
    // The same program is parent and child: a private argument tells which.
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [private, task] = arguments.as_slice()
        && private == WORK
    {
        return ghostbuster::work(task);
    }

    // One scene by name, or all of them.
    let wanted = arguments.first();
    if wanted.is_some_and(|name| !SCENES.iter().any(|(it, _)| it == name)) {
        eprintln!("The scenes are report, pipes, exits, crash and memory.");
        return Ok(ExitCode::from(2));
    }
    for (name, play) in SCENES {
        if wanted.is_none_or(|one| one == name) {
            println!("== {name}");
            play()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
