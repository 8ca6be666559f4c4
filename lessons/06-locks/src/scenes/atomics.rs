//! Atomics: one number, changed in one step. No lock, and nobody waits.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    thread,
};

use crate::four::by_four;

// ANCHOR: atomics
pub fn play() {
    // Tickets: each number is given out once, whoever asks.
    let next = AtomicU32::new(1);
    let drawn = by_four(|| {
        let mut mine = Vec::new();
        for _ in 0..1000 {
            mine.push(next.fetch_add(1, Relaxed));
        }
        mine
    });
    let tickets: BTreeSet<u32> = drawn.concat().into_iter().collect();
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
            while !stop.load(Relaxed) {
                thread::yield_now(); // a round
            }
        });
        stop.store(true, Relaxed);
        patrol.join().unwrap();
        println!("the patrol has stopped");
    });
}
// ANCHOR_END: atomics
