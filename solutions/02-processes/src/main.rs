//! Solution 02: give each ghost to a process of its own, and see how it ends.
//!
//! ```text
//! cargo run --bin solution02 Slimer Gozer Vigo
//! cargo test --test solution02
//! ```
//!
//! With those three names it is to print:
//!
//! ```text
//! Slimer: trapped
//! Gozer: crashed
//! Vigo: exit code 3
//! ```

use std::{
    env,
    io::{self, Write},
    process::{self, Command, ExitCode, ExitStatus, Stdio},
};

/// The private argument that tells a child that it is one.
const WORK: &str = "--trap";

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.is_empty() {
        eprintln!("usage: solution02 GHOST...");
        return Ok(ExitCode::from(2));
    }
    if arguments == [WORK] {
        return trap();
    }
    for ghost in arguments {
        let (printed, status) = trap_in_a_process(&ghost)?;
        let outcome = match status.code() {
            Some(0) => printed,
            Some(code @ 1..) => format!("exit code {code}"),
            _ => "crashed".to_owned(),
        };
        println!("{ghost}: {outcome}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts this program again with the argument [`WORK`], writes the name of the
/// ghost to its standard input, and returns what it printed and how it ended.
fn trap_in_a_process(ghost: &str) -> io::Result<(String, ExitStatus)> {
    let mut child = Command::new(env::current_exe()?)
        .arg(WORK)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;

    // The pipe is closed at the end of this block: the child waits for that.
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{ghost}")?;
    }
    let output = child.wait_with_output()?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((printed, output.status))
}

/// The child's work. Its whole standard input is the name of the ghost.
fn trap() -> io::Result<ExitCode> {
    let ghost = io::read_to_string(io::stdin())?;
    match ghost.trim() {
        "Gozer" => process::abort(),
        "Vigo" => return Ok(ExitCode::from(3)),
        "" => println!("nobody said which ghost"),
        _ => println!("trapped"),
    }
    Ok(ExitCode::SUCCESS)
}
