//! Exercise 00, done: is this program new enough?
//!
//! Every program prints its version in its own form. This one finds the version
//! in that text, and compares:
//!
//! ```text
//! rustc --version | cargo run --bin solution00 1.92
//! cargo test --test solution00
//! ```

use std::{env, io, process::ExitCode};

/// Major and minor: 6.2.14 is (6, 2).
type Version = (u32, u32);

fn main() -> io::Result<ExitCode> {
    let Some(wanted) = env::args().nth(1).as_deref().and_then(version) else {
        eprintln!("usage: PROGRAM --version | solution00 VERSION");
        return Ok(ExitCode::from(2));
    };
    let text = io::read_to_string(io::stdin())?;
    let Some(found) = version(&text) else {
        println!("no version");
        return Ok(ExitCode::FAILURE);
    };
    if found < wanted {
        println!("too old: {}.{}", found.0, found.1);
        return Ok(ExitCode::FAILURE);
    }
    println!("new enough: {}.{}", found.0, found.1);
    Ok(ExitCode::SUCCESS)
}

/// The first version in the output of a program, such as 6.2 in
/// `Redis server v=6.2.14 bits=64`: two numbers with a dot between them.
fn version(text: &str) -> Option<Version> {
    // A word's first dot need not be a version's: "v." is none.
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|part| {
        let mut numbers = part.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}
