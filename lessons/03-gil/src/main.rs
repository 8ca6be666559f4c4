//! Lesson 03, gil: the same work on one worker, two, and all that you have.
//!
//! You see what two and more workers gain in Rust (`rust`) and in Python
//! (`python`), and a split that gains nothing (`even-odd`). About 15 minutes.
//!
//! ```text
//! cargo run --bin lesson03             all three, one after the other
//! cargo run --bin lesson03 rust        one of them
//! WORKERS=2 cargo run --bin lesson03   no more than two workers
//! ```

mod busy;
mod even_odd;
mod primes;
mod python;
mod table;

use std::{env, process, thread, time::Instant};

use primes::{count_share, most_workers};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 3] = ["rust", "python", "even-odd"];

// ANCHOR: rust
fn rust() {
    let mut seconds = Vec::new();
    for workers in 1..=most_workers() {
        // The best of many short runs: the others were disturbed.
        let mut best = f64::MAX;
        for _ in 0..25 {
            let began = Instant::now();
            assert_eq!(count_on(workers), 41_538);
            best = best.min(began.elapsed().as_secs_f64());
        }
        seconds.push(best);
    }
    table::print("Rust threads", &seconds);
}

fn count_on(workers: u32) -> usize {
    thread::scope(|scope| {
        // Start all threads before waiting for the first.
        let mut threads = Vec::new();
        for worker in 0..workers {
            threads.push(scope.spawn(move || count_share(worker, workers)));
        }
        let mut primes = 0;
        for thread in threads {
            primes += thread.join().expect("no panic");
        }
        primes
    })
}
// ANCHOR_END: rust

fn main() {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene);
            }
        }
    }
}

fn play(scene: &str) {
    match scene {
        "rust" => busy::watch(rust),
        "python" => busy::watch(python::play),
        "even-odd" => busy::watch(even_odd::play),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
