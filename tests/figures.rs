//! Figures that the book builds on, and that hold on every Linux machine
//! within a factor of two. Times do not: transcripts show them, uncompared.

#![cfg(target_os = "linux")]

use std::ops::RangeInclusive;
use std::process::Command;

use harness::program;
use regex::Regex;

#[test]
fn a_task_takes_a_small_part_of_a_threads_memory() {
    let lesson = Command::new(program("lesson07"))
        .arg("many")
        // The first task must not end before the last one is there, which on a
        // busy machine takes longer than a quick story does.
        .env("TEMPO", "1")
        .output()
        .expect("the lesson starts");
    let output = String::from_utf8_lossy(&lesson.stdout);
    // 0.44 KiB for a task and 9.7 KiB for a thread were measured.
    assert_within(0.22..=0.88, memory(&output, "100,000 tasks"), &output);
    assert_within(4.8..=19.4, memory(&output, "1,000 threads"), &output);
}

/// The KiB in the row that begins with `name`.
fn memory(output: &str, name: &str) -> f64 {
    let figure = Regex::new(r"([\d.]+) KiB").expect("valid");
    let row = output.lines().find(|line| line.starts_with(name));
    let figure = row.and_then(|row| figure.captures(row));
    let kib = figure.and_then(|figure| figure[1].parse().ok());
    kib.unwrap_or_else(|| panic!("no KiB of {name} in\n{output}"))
}

fn assert_within(range: RangeInclusive<f64>, figure: f64, output: &str) {
    assert!(range.contains(&figure), "{figure} is not in {range:?}:\n{output}");
}
