//! The work, each worker's share of it, and the number of workers.

use std::{env, thread};

/// There are 41,538 primes below this number.
const BELOW: u32 = 500_000;

/// Whether `n` is prime, by trying every divisor: slow, and on purpose.
// ANCHOR: is_prime
pub fn is_prime(n: u32) -> bool {
    let mut d = 2;
    while d * d <= n {
        if n.is_multiple_of(d) {
            return false;
        }
        d += 1;
    }
    n >= 2
}
// ANCHOR_END: is_prime

/// Counts the primes in the share of worker 0, 1, 2 … of `workers`.
///
/// The numbers lie in blocks of a thousand, and the blocks are dealt like
/// cards: one for you, one for me.
// ANCHOR: share
pub fn count_share(worker: u32, workers: u32) -> usize {
    let mut primes = 0;
    for n in 0..BELOW {
        let block = n / 1000;
        if block % workers == worker && is_prime(n) {
            primes += 1;
        }
    }
    primes
}
// ANCHOR_END: share

/// As many workers as this machine has processors, or WORKERS of them.
pub fn most_workers() -> u32 {
    let wanted = env::var("WORKERS").ok().and_then(|text| text.parse().ok());
    if let Some(workers @ 1..=256) = wanted {
        return workers;
    }
    let processors = thread::available_parallelism();
    processors.map_or(1, |number| number.get().try_into().unwrap_or(1))
}
