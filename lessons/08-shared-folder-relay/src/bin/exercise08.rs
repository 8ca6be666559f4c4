//! Exercise 08: deliver a document so that no reader ever sees half of it.
//!
//! The program reads a document from its standard input and puts it into a
//! folder under the name that you give it:
//!
//! ```text
//! cargo run --bin exercise08 /tmp lease.txt < Cargo.toml
//! cargo test --test exercise08
//! ```
//!
//! About 10 minutes.

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{
    env, fs,
    fs::File,
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, name] = arguments.as_slice() else {
        eprintln!("usage: exercise08 FOLDER NAME < DOCUMENT");
        return Ok(ExitCode::from(2));
    };
    let size = deliver_whole(&mut io::stdin(), Path::new(folder), name)?;
    println!("{name} is whole: {size} B");
    Ok(ExitCode::SUCCESS)
}

/// Copies `document` to its end into `folder`, where it appears as `name`
/// whole or not at all. Returns its size in bytes.
///
/// Until then, a file that had that name before keeps it.
fn deliver_whole(
    document: &mut impl Read,
    folder: &Path,
    name: &str,
) -> io::Result<u64> {
    todo!("copy to a temporary name in the folder, sync, rename, sync again")
}
