//! Python's queues beside ours, where a Python 3 is installed.

use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rates.py");

/// Calls `print_row` with each kind of queue and the seconds of one hand-off.
pub fn measure(print_row: impl Fn(&str, f64)) {
    let Some(python) = ["python3", "python"].into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|said| said.stdout.starts_with(b"Python 3"))
    }) else {
        println!("No python3 here, so no Python beside it.");
        return;
    };
    let output = Command::new(python).arg(SCRIPT).output();
    let output = output.expect("it has just answered");
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((kind, seconds)) = line.split_once('\t') else { continue };
        if let Ok(seconds) = seconds.trim().parse() {
            print_row(kind, seconds);
        }
    }
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
}
