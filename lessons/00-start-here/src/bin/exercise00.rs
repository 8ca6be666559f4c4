//! Exercise 00: is this program new enough?
//!
//! Every program prints its version in its own form. This one finds the version
//! in that text, and compares:
//!
//! ```text
//! rustc --version | cargo run --bin exercise00 1.92
//! cargo test --test exercise00
//! ```

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{env, io, process::ExitCode};

/// Major and minor: 6.2.14 is (6, 2).
type Version = (u32, u32);

fn main() -> io::Result<ExitCode> {
    let Some(wanted) = env::args().nth(1).as_deref().and_then(version) else {
        eprintln!("usage: PROGRAM --version | exercise00 VERSION");
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
    todo!(
        "split at what is neither a digit nor a dot; take the first that fits"
    )
}
