//! Exercise 04: a pool, workers and a trap that ends by itself.
//!
//! `hunt` is to start the workers, send the ghosts through the pool, and
//! return what was caught. Nobody counts: when the channels close, it is over.
//!
//! ```text
//! cargo run --bin exercise04 4 20
//! cargo test --test exercise04
//! ```

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

use std::{env, process::ExitCode, thread, time::Duration};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

struct Caught {
    ghost: u32,
    worker: u32,
}

fn main() -> ExitCode {
    let numbers: Option<Vec<u32>> =
        env::args().skip(1).map(|number| number.parse().ok()).collect();
    let Some([workers, ghosts]) = numbers.as_deref() else {
        eprintln!("usage: exercise04 WORKERS GHOSTS");
        return ExitCode::from(2);
    };
    let mut caught = hunt(*workers, *ghosts);
    caught.sort_by_key(|it| it.ghost);
    for Caught { ghost, worker } in caught {
        println!("ghost {ghost}: worker {worker}");
    }
    ExitCode::SUCCESS
}

/// Has the ghosts 1 to `ghosts` caught by the workers 1 to `workers`, one or
/// more, each a thread, and returns them in the order in which they were caught.
fn hunt(workers: u32, ghosts: u32) -> Vec<Caught> {
    let (pool, waiting) = bounded::<u32>(3);
    let (caught, trap) = unbounded::<Caught>();
    todo!("start the workers, send the ghosts, close, collect the trap")
}

/// Takes ghosts from the pool to its end, and puts them into the trap.
fn work(worker: u32, waiting: Receiver<u32>, caught: Sender<Caught>) {
    for ghost in waiting {
        thread::sleep(Duration::from_millis(20)); // it resists
        caught.send(Caught { ghost, worker }).expect("the trap is open");
    }
}
