//! The same in Python, where a Python 3 is installed.

use std::process::{Command, Output};

use crate::{primes::most_workers, table};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/primes.py");

pub fn play() {
    let Some(python) = ["python3", "python"].into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|said| said.stdout.starts_with(b"Python 3"))
    }) else {
        println!("No python3 here, so no Python beside it.");
        return;
    };
    let workers = most_workers().to_string();
    let output = Command::new(python).args([SCRIPT, &workers]).output();
    let Output { status, stdout, stderr } =
        output.expect("it has just answered");

    // A line for each kind of worker: its name, then seconds for 1, 2, 3 …
    for line in String::from_utf8_lossy(&stdout).lines() {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        let seconds: Vec<f64> =
            fields.filter_map(|it| it.parse().ok()).collect();
        table::print(kind, &seconds);
    }
    if !status.success() {
        println!("{}", String::from_utf8_lossy(&stderr));
    }
}
