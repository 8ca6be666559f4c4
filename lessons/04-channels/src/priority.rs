//! The most dangerous first: the keeper of `lifo.rs`, with a heap.

use std::{collections::BinaryHeap, thread};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use crate::afternoon::{self, Ghost};

// ANCHOR: priority
pub fn play() {
    let (pool, arriving) = bounded(0);
    let (leaving, waiting) = bounded(0);
    let keeper = thread::spawn(move || keep(arriving, leaving));
    afternoon::play(pool, waiting);
    keeper.join().expect("the keeper does not panic");
}

fn keep(arriving: Receiver<Ghost>, leaving: Sender<Ghost>) {
    let mut heap = BinaryHeap::new();
    while let Some(ghost) = heap.pop().or_else(|| arriving.recv().ok()) {
        select! {
            recv(arriving) -> next => {
                heap.push(ghost);
                let Ok(next) = next else { break };
                heap.push(next);
            }
            send(leaving, ghost) -> taken => taken.expect("Peter hunts"),
        }
    }
    while let Some(ghost) = heap.pop() {
        leaving.send(ghost).expect("Peter hunts");
    }
}
// ANCHOR_END: priority
