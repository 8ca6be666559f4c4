//! Exercise 06: move ghosts between containment units, from many threads.
//!
//! Every unit has a lock of its own. A move needs two of them, and two moves
//! in opposite directions must not wait for each other:
//!
//! ```text
//! cargo run --bin exercise06 3 100000
//! cargo test --test exercise06
//! ```

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{env, process::ExitCode, sync::Mutex, thread};

fn main() -> ExitCode {
    let numbers: Option<Vec<usize>> =
        env::args().skip(1).map(|number| number.parse().ok()).collect();
    let Some([units, rounds]) = numbers.as_deref() else {
        eprintln!("usage: exercise06 UNITS ROUNDS");
        return ExitCode::from(2);
    };
    let units = (*units).max(1);
    let units: Vec<_> = (0..units).map(|_| Mutex::new(100)).collect();

    // Four threads, each with a step of its own, go round the units.
    thread::scope(|scope| {
        for step in 0..4 {
            let units = &units;
            scope.spawn(move || {
                for round in 0..*rounds {
                    let from = round % units.len();
                    let to = (round + step) % units.len();
                    move_ghost(units, from, to);
                }
            });
        }
    });
    for (number, unit) in (1..).zip(units) {
        println!("unit {number}: {} ghosts", unit.into_inner().unwrap());
    }
    ExitCode::SUCCESS
}

/// Moves one ghost from a unit to another, or to the same one. Nobody may see
/// a moment in which the ghost is in neither, or in both.
fn move_ghost(units: &[Mutex<i64>], from: usize, to: usize) {
    todo!("lock both units in an order that all threads agree on, then move")
}
