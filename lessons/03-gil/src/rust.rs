//! Primes on 1 to N threads.

use std::{thread, time::Instant};

use crate::{most_workers, primes::count_share, table};

const BELOW: u32 = 500_000;

// ANCHOR: rust
pub fn play() {
    let times = (1..=most_workers()).map(|workers| {
        // The best of many short runs: the others were disturbed.
        let runs = (0..25).map(|_| {
            let began = Instant::now();
            assert_eq!(count_on(workers), 41_538, "primes below {BELOW}");
            began.elapsed().as_secs_f64()
        });
        runs.fold(f64::MAX, f64::min)
    });
    table::print("Rust threads", &times.collect::<Vec<_>>());
}

fn count_on(workers: u32) -> usize {
    thread::scope(|scope| {
        // Start them all before waiting for the first.
        let threads: Vec<_> = (0..workers)
            .map(|it| scope.spawn(move || count_share(BELOW, it, workers)))
            .collect();
        threads.into_iter().map(|it| it.join().expect("no panic")).sum()
    })
}
// ANCHOR_END: rust
