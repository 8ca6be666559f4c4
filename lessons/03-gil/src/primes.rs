//! The work, and how to deal it out.

/// Whether `n` is prime, by trying every divisor: slow, and on purpose.
// ANCHOR: is_prime
pub fn is_prime(n: u32) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}
// ANCHOR_END: is_prime

/// Counts the primes in the share of worker 0, 1, 2 … of `workers`.
///
/// The numbers lie in blocks of a thousand, and the blocks are dealt like
/// cards: one for you, one for me.
// ANCHOR: share
pub fn count_share(below: u32, worker: u32, workers: u32) -> usize {
    let mine = |n: &u32| n / 1000 % workers == worker;
    (0..below).filter(mine).filter(|n| is_prime(*n)).count()
}
// ANCHOR_END: share
