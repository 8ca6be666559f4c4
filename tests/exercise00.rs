//! Checks exercise 00: a version is found in a text, and compared.

#[macro_use]
mod program;

use std::{
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn versions_are_found_and_compared_as_numbers() {
    for (wanted, text, answer) in [
        ("1.92", "rustc 1.95.0 (59807616e 2026-04-14)", "new enough: 1.95"),
        ("6.2", "Redis server v=7.0.15 sha=00000000:0", "new enough: 7.0"),
        ("6.2", "Redis server v=5.0.14 malloc=libc", "too old: 5.0"),
        // As text, "3.9" comes after "3.11".
        ("3.9", "Python 3.11.7\n", "new enough: 3.11"),
        ("3.11", "Python 3.9.2\n", "too old: 3.9"),
        // Not every number is a version, and not every dot.
        ("10.0", "GPL Ghostscript 9.56.1 (2022-04-04)", "too old: 9.56"),
        ("2.0", "x86_64. Release 2 of the tool, 2.1", "new enough: 2.1"),
        ("0.5", "mdbook v0.5.4", "new enough: 0.5"),
        ("1.0", "command not found", "no version"),
        ("1.0", "", "no version"),
    ] {
        let said = answer_of(wanted, text);
        assert_eq!(
            said.trim(),
            answer,
            "{text:?} was given, and {wanted} is wanted"
        );
    }
}

/// The program's output for `text`.
fn answer_of(wanted: &str, text: &str) -> String {
    let mut child = Command::new(program!("00"))
        .arg(wanted)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that ended early says why below.
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program's end");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "the program's errors:\n{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
