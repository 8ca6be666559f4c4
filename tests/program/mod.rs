//! How a check finds and runs the program that it checks.
//!
//! A check is compiled twice: in the lesson's package against the reader's
//! exercise, and in the solution's package against the solution. Cargo tells
//! each build the path of its own program.

use std::process::{Command, Output, Stdio};

/// The program under test: the exercise of lesson `$nn`, or its solution.
macro_rules! program {
    ($nn:literal) => {
        option_env!(concat!("CARGO_BIN_EXE_exercise", $nn))
            .or(option_env!(concat!("CARGO_BIN_EXE_solution", $nn)))
            .expect("cargo names the program that it built")
    };
}

/// Runs `program` with `arguments` to its end and returns what it printed.
///
/// A program that fails fails the check, with its own words as the reason:
/// a reader sees "not yet implemented" until the `todo!()` is replaced.
#[allow(dead_code, reason = "not every check needs plain output")]
pub fn output_of(program: &str, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(
        status.success(),
        "the program ended with {status}\n--- it printed\n{stdout}\n--- its \
         errors\n{stderr}"
    );
    stdout
}
