//! Exercise 01: hunt every ghost at the same time, and lose none to a panic.
//!
//! ```text
//! cargo run --bin exercise01 Slimer Gozer Zuul
//! cargo test --test exercise01
//! ```
//!
//! With those three names it is to print, in this order:
//!
//! ```text
//! Slimer: trapped
//! Gozer: got away, crossed the streams
//! Zuul: trapped
//! ```

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{
    any::Any,
    env,
    process::ExitCode,
    sync::{Condvar, Mutex},
    thread,
    time::Duration,
};

fn main() -> ExitCode {
    let ghosts: Vec<String> = env::args().skip(1).collect();
    if ghosts.is_empty() {
        eprintln!("usage: exercise01 GHOST...");
        return ExitCode::from(2);
    }
    let house = House::default();
    let outcomes = hunt_all(&ghosts, &house);
    for (ghost, outcome) in ghosts.iter().zip(outcomes) {
        match outcome {
            Ok(()) => println!("{ghost}: trapped"),
            Err(why) => println!("{ghost}: got away, {why}"),
        }
    }
    ExitCode::SUCCESS
}

/// Hunts all ghosts at the same time, each on a thread that bears its name.
///
/// The outcomes are in the order of the ghosts: of a hunt that panicked, the
/// words of its panic.
fn hunt_all(ghosts: &[String], house: &House) -> Vec<Result<(), String>> {
    todo!("spawn a named thread in a scope for each ghost, then join them all")
}

/// Hunts the ghost for which this thread is named, one of `all` in the house.
///
/// # Panics
/// If it is Gozer, or if the other hunts do not begin.
fn hunt(house: &House, all: usize) {
    let thread = thread::current();
    let ghost = thread.name().expect("a thread needs its ghost's name");
    house.enter_with(all);
    assert!(ghost != "Gozer", "crossed the streams");
}

/// What the panic of a thread said.
fn words(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or(panic.downcast_ref().cloned()).unwrap_or_default()
}

/// A house that wants all of its hunters inside before anything happens.
#[derive(Default)]
struct House {
    inside: Mutex<usize>,
    entered: Condvar,
}

impl House {
    fn enter_with(&self, all: usize) {
        let mut inside = self.inside.lock().expect("nobody panics in here");
        *inside += 1;
        self.entered.notify_all();
        let patience = Duration::from_secs(2);
        let (inside, waited) = self
            .entered
            .wait_timeout_while(inside, patience, |inside| *inside < all)
            .expect("nobody panics in here");
        drop(inside);
        assert!(!waited.timed_out(), "the other hunts have not begun");
    }
}
