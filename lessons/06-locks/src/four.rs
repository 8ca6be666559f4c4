//! Four threads that do the same at the same time, and how long they take.

use std::{hint::black_box, sync::Barrier, thread, time::Instant};

/// How often each of them counts.
const EACH: u32 = 8_000_000;

/// Runs `work` on four threads at once, and returns what each of them returns.
pub fn by_four<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for _ in 0..4 {
            threads.push(scope.spawn(&work));
        }
        let mut results = Vec::new();
        for thread in threads {
            results.push(thread.join().expect("no panic"));
        }
        results
    })
}

// ANCHOR: time
/// The seconds from the moment when the first of four threads begins `work`
/// until the last of them has done it.
pub fn time_four(work: impl Fn() + Sync) -> f64 {
    let starting_line = Barrier::new(4);
    let times = by_four(|| {
        starting_line.wait(); // nobody begins before all are here
        let began = Instant::now();
        work();
        (began, Instant::now())
    });
    let began = times.iter().map(|time| time.0).min().expect("four threads");
    let ended = times.iter().map(|time| time.1).max().expect("four threads");
    (ended - began).as_secs_f64()
}

/// The seconds that four threads take to call `count_one` 32 million times.
pub fn count_by_four(count_one: impl Fn() + Sync) -> f64 {
    time_four(|| {
        for _ in 0..EACH {
            count_one();
        }
    })
}
// ANCHOR_END: time

/// Counts in a variable that no other thread sees. The compiler could do the
/// sum beforehand; black_box keeps it from that.
pub fn count_alone() -> u32 {
    let mut mine = 0;
    for _ in 0..EACH {
        mine = black_box(mine + 1);
    }
    mine
}

/// Prints what one count took, and which share of all counts was lost.
pub fn print_row(how: &str, seconds: f64, counted: u32) {
    let all = f64::from(4 * EACH);
    let ns = seconds * 1e9 / all;
    let lost = 100.0 - f64::from(counted) * 100.0 / all;
    println!("{how:<20} {ns:>6.1} ns a count, {lost:>3.0} % lost");
}
