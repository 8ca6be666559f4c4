//! Two threads, one for the even numbers, one for the odd ones.

use std::{thread, time::Instant};

use crate::{primes::is_prime, table::bar};

const BELOW: u32 = 1_000_000;

// ANCHOR: even_odd
pub fn play() {
    // All numbers on one thread, to compare with.
    let alone = best(|| vec![count(|_| true)]);
    let (primes, ms) = (alone[0].primes, alone[0].ms);
    println!("one thread  {primes:>7} primes  {ms:>5.0} ms");

    // Half of the numbers for each. It looks fair.
    println!("-- even, odd");
    race(ms, |n| n % 2);

    // Half of the work for each.
    println!("-- blocks of a thousand");
    race(ms, |n| n / 1000 % 2);
}

/// Counts on two threads; `worker` gives each number its thread, 0 or 1.
fn race(alone: f64, worker: fn(u32) -> u32) {
    let shares = best(|| {
        thread::scope(|scope| {
            let zero = scope.spawn(|| count(|n| worker(n) == 0));
            let one = scope.spawn(|| count(|n| worker(n) == 1));
            vec![zero.join().expect("no panic"), one.join().expect("no panic")]
        })
    });
    for (thread, Share { primes, ms }) in (1..).zip(&shares) {
        let bar = bar(ms / alone * 4.0);
        println!("thread {thread}    {primes:>7} primes  {ms:>5.0} ms  {bar}");
    }
    println!("both           speed-up {:.1}×", alone / longest(&shares));
}

/// The primes that one thread found, and the milliseconds that it took.
struct Share {
    primes: usize,
    ms: f64,
}

/// Counts the primes among the numbers that are `mine`.
fn count(mine: impl Fn(u32) -> bool) -> Share {
    let began = Instant::now();
    let primes = (0..BELOW).filter(|n| mine(*n) && is_prime(*n)).count();
    Share { primes, ms: began.elapsed().as_secs_f64() * 1000.0 }
}
// ANCHOR_END: even_odd

/// The quickest of five runs: the others were disturbed.
fn best(run: impl Fn() -> Vec<Share>) -> Vec<Share> {
    let mut best = run();
    for _ in 1..5 {
        let shares = run();
        if longest(&shares) < longest(&best) {
            best = shares;
        }
    }
    best
}

/// The time until the last of the threads, which began together, was done.
fn longest(shares: &[Share]) -> f64 {
    shares.iter().map(|share| share.ms).fold(0.0, f64::max)
}
