//! Exercise 03: count primes on as many threads as the user asks for.
//!
//! The program says how many primes each worker found:
//!
//! ```text
//! cargo run --bin solution03 2
//! cargo test --test solution03
//! ```

use std::{env, process::ExitCode, sync::Barrier, thread};

const BELOW: u32 = 200_000;

fn main() -> ExitCode {
    let workers = env::args().nth(1).and_then(|number| number.parse().ok());
    let Some(workers) = workers.filter(|it| (1..=64).contains(it)) else {
        eprintln!("usage: solution03 WORKERS (1 to 64)");
        return ExitCode::from(2);
    };
    let found = count_on(workers);
    for (index, primes) in found.iter().enumerate() {
        println!("worker {}: {primes} primes", index + 1);
    }
    println!("together: {} primes", found.iter().sum::<usize>());
    ExitCode::SUCCESS
}

/// Counts on `workers` threads at once, and returns what each of them found.
fn count_on(workers: u32) -> Vec<usize> {
    let line = Barrier::new(workers as usize);
    let line = &line;
    thread::scope(|scope| {
        // Start all threads before waiting for the first.
        let mut threads = Vec::new();
        for worker in 0..workers {
            let count = move || count_share(worker, workers, line);
            threads.push(scope.spawn(count));
        }
        let mut found = Vec::new();
        for thread in threads {
            found.push(thread.join().expect("no panic"));
        }
        found
    })
}

/// Counts the primes in the share of worker 0, 1, 2 … of `workers`, as soon
/// as all of them stand at the starting line.
fn count_share(worker: u32, workers: u32, line: &Barrier) -> usize {
    line.wait();
    let mut primes = 0;
    for n in 0..BELOW {
        let block = n / 1000;
        if block % workers == worker && is_prime(n) {
            primes += 1;
        }
    }
    primes
}

fn is_prime(n: u32) -> bool {
    let mut d = 2;
    while d * d <= n {
        if n.is_multiple_of(d) {
            return false;
        }
        d += 1;
    }
    n >= 2
}
