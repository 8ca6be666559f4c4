//! Checks exercise 03: the workers count at the same time, each its share.

#[macro_use]
mod program;

const BELOW: usize = 200_000;

#[test]
fn every_worker_counts_its_share_while_the_others_count_theirs() {
    let prime = sieve();
    for workers in [1, 2, 3, 8] {
        let said = program::output_in_time(
            program!("03"),
            &[&workers.to_string()],
            "No worker starts before all of them stand at the line: start \
             every thread before you join the first.",
        );
        let mut shares = vec![0; workers];
        for n in (0..BELOW).filter(|n| prime[*n]) {
            shares[n / 1000 % workers] += 1;
        }
        let mut expected = String::new();
        for (index, primes) in shares.iter().enumerate() {
            let worker = index + 1;
            expected += &format!("worker {worker}: {primes} primes\n");
        }
        expected += "together: 17984 primes\n";
        assert_eq!(said.replace("\r\n", "\n"), expected, "{workers} workers");
    }
}

/// The primes, found in another way than the program does.
fn sieve() -> Vec<bool> {
    let mut prime = vec![true; BELOW];
    prime[..2].fill(false);
    for n in 2..BELOW {
        if prime[n] {
            (n * n..BELOW).step_by(n).for_each(|it| prime[it] = false);
        }
    }
    prime
}
