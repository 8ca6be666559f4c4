//! How a check finds and runs the program that it checks.
//!
//! A check is compiled twice: in the lesson's package against the reader's
//! exercise, and in the solution's package against the solution. Cargo tells
//! each build the path of its own program.

use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

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

/// The same for a program that hangs when its exercise is done wrong: after
/// half a minute it is ended, and the check fails with the `hint`.
#[allow(dead_code, reason = "not every program can hang")]
pub fn output_in_time(program: &str, arguments: &[&str], hint: &str) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut stderr = child.stderr.take().expect("a pipe");
    let (sender, ended) = channel();
    thread::spawn(move || {
        let mut said = String::new();
        let _ = stdout.read_to_string(&mut said);
        let _ = sender.send(said);
    });
    let stderr = thread::spawn(move || {
        let mut said = String::new();
        let _ = stderr.read_to_string(&mut said);
        said
    });
    let Ok(stdout) = ended.recv_timeout(Duration::from_secs(30)) else {
        // The panic says it all; an error here would add nothing.
        let _ = child.kill().and_then(|()| child.wait());
        panic!("the program does not end. {hint}");
    };
    let status = child.wait().expect("the program's end");
    let stderr = stderr.join().expect("its errors");
    assert!(
        status.success(),
        "the program ended with {status}\n--- it printed\n{stdout}\n--- its \
         errors\n{stderr}"
    );
    stdout
}
