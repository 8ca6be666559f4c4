//! One number, changed in one step: no lock, nobody waits.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread;

use crate::GHOSTBUSTERS;

// ANCHOR: atomics
pub fn play() {
    // Tickets: each number is given out once, whoever asks.
    let next = AtomicU32::new(1);
    let draw = || -> Vec<u32> {
        (0..1000).map(|_| next.fetch_add(1, Relaxed)).collect()
    };
    let tickets: BTreeSet<u32> = by_four(draw).into_iter().flatten().collect();
    println!("{} different tickets for 4000 people", tickets.len());

    // An alarm: all pull the lever, and one of them was first.
    let pulled = AtomicBool::new(false);
    let first = by_four(|| !pulled.swap(true, Relaxed));
    let firsts = first.iter().filter(|first| **first).count();
    println!("{} pulled the alarm, {firsts} was the first", first.len());

    // A flag: work until somebody says stop.
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let patrol = scope.spawn(|| {
            let rounds = (1_u64..).take_while(|_| !stop.load(Relaxed));
            rounds.last().is_some()
        });
        thread::yield_now();
        stop.store(true, Relaxed);
        patrol.join().unwrap();
        println!("the patrol has stopped");
    });
}
// ANCHOR_END: atomics

/// What each of four threads returns.
fn by_four<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let threads = GHOSTBUSTERS.map(|_| scope.spawn(&work));
        threads.map(|it| it.join().unwrap()).into()
    })
}
