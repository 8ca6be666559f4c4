//! The most dangerous first: the keeper of `lifo.rs`, with a heap.

use std::{collections::BinaryHeap, thread};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::afternoon::{self, Ghost};

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
    loop {
        if heap.is_empty() {
            // Nothing to hand out: wait for a ghost, or for the end.
            match arriving.recv() {
                Ok(ghost) => heap.push(ghost),
                Err(_) => return,
            }
        }
        let ghost = heap.pop().expect("it is not empty");
        // Whatever comes first: one more ghost, or somebody who takes this.
        select! {
            recv(arriving) -> next => {
                heap.push(ghost);
                match next {
                    Ok(next) => heap.push(next),
                    Err(_) => break,
                }
            }
            send(leaving, ghost) -> taken => taken.expect("Peter hunts"),
        }
    }
    // No more arrive: hand out what is left.
    while let Some(ghost) = heap.pop() {
        leaving.send(ghost).expect("Peter hunts");
    }
}
// ANCHOR_END: priority
