//! Two threads, one for the even numbers, one for the odd ones.

use std::{thread, time::Instant};

use crate::{primes::is_prime, table::bar};

const BELOW: u32 = 1_000_000;

// ANCHOR: even_odd
pub fn play() {
    // All numbers on one thread, to compare with.
    let (primes, alone) = best(|| count(|_| true));
    println!("one thread  {primes:>7} primes  {alone:>5.0} ms");

    // Half of the numbers for each. It looks fair.
    race("even, odd", alone, |worker, n| n % 2 == worker);

    // Half of the work for each.
    race("blocks of a thousand", alone, |worker, n| n / 1000 % 2 == worker);
}

fn race(split: &str, alone: f64, mine: fn(u32, u32) -> bool) {
    println!("-- {split}");
    let (shares, both) = best(|| {
        let began = Instant::now();
        let shares = thread::scope(|scope| {
            let threads =
                [0, 1].map(|it| scope.spawn(move || count(|n| mine(it, n))));
            threads.map(|thread| thread.join().expect("no panic"))
        });
        (shares, began.elapsed().as_secs_f64() * 1000.0)
    });
    for (thread, (primes, busy)) in (1..).zip(shares) {
        let bar = bar(busy / alone * 4.0);
        println!(
            "thread {thread}    {primes:>7} primes  {busy:>5.0} ms  {bar}"
        );
    }
    println!("both           speed-up {:.1}×", alone / both);
}

/// The primes among the numbers that are `mine`, and the milliseconds spent.
fn count(mine: impl Fn(u32) -> bool) -> (usize, f64) {
    let began = Instant::now();
    let primes = (0..BELOW).filter(|n| mine(*n) && is_prime(*n)).count();
    (primes, began.elapsed().as_secs_f64() * 1000.0)
}
// ANCHOR_END: even_odd

/// The fastest of five runs: the others were disturbed.
fn best<T>(run: impl Fn() -> (T, f64)) -> (T, f64) {
    let runs = (0..5).map(|_| run());
    runs.min_by(|one, other| one.1.total_cmp(&other.1)).expect("five runs")
}
