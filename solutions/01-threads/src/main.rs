//! Solution 01: hunt every ghost at the same time, and lose none to a panic.
//!
//! ```text
//! cargo run --bin solution01 Slimer Gozer Zuul
//! cargo test --test solution01
//! ```
//!
//! With those three names it is to print, in this order:
//!
//! ```text
//! Slimer: trapped
//! Gozer: got away, crossed the streams
//! Zuul: trapped
//! ```

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
        eprintln!("usage: solution01 GHOST...");
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

// ANCHOR: hunt_all
/// Hunts all ghosts at the same time, each on a thread that has its name.
///
/// Returns the outcomes in the order of the ghosts, and for a hunt that panicked
/// the message of its panic.
fn hunt_all(ghosts: &[String], house: &House) -> Vec<Result<(), String>> {
    thread::scope(|scope| {
        // All of them begin before the first is waited for.
        let mut hunts = Vec::new();
        for ghost in ghosts {
            let builder = thread::Builder::new().name(ghost.clone());
            let hunt =
                builder.spawn_scoped(scope, || hunt(house, ghosts.len()));
            hunts.push(hunt.expect("memory for a thread"));
        }
        let mut outcomes = Vec::new();
        for hunt in hunts {
            outcomes.push(hunt.join().map_err(message));
        }
        outcomes
    })
}
// ANCHOR_END: hunt_all

/// Hunts the ghost for which this thread is named, one of `all` in the house.
///
/// # Panics
/// If it is Gozer, or if the other hunts do not begin.
fn hunt(house: &House, all: usize) {
    let current = thread::current();
    let ghost = current.name().expect("a thread needs its ghost's name");
    house.enter_with(all);
    assert!(ghost != "Gozer", "crossed the streams");
}

/// The message of a thread's panic. You need not read how it is taken out.
fn message(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or(panic.downcast_ref().cloned()).unwrap_or_default()
}

/// A house that waits until all of its hunters are inside. Lesson 06 explains how.
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
