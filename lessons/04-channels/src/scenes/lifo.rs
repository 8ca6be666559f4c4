//! Last in, first out: a keeper stands between two channels.

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::afternoon::{self, Ghost};

// ANCHOR: lifo
pub fn play() {
    // No room in either: all that waits is with the keeper.
    let (pool, arriving) = bounded(0);
    let (leaving, waiting) = bounded(0);
    let keeper = thread::spawn(move || keep(arriving, leaving));
    afternoon::play(pool, waiting);
    keeper.join().expect("the keeper does not panic");
}

/// The stack belongs to this thread alone, so it needs no lock.
fn keep(arriving: Receiver<Ghost>, leaving: Sender<Ghost>) {
    let mut stack = Vec::new();
    loop {
        if stack.is_empty() {
            // Nothing to hand out: wait for a ghost, or for the end.
            match arriving.recv() {
                Ok(ghost) => stack.push(ghost),
                Err(_) => return,
            }
        }
        let ghost = stack.pop().expect("it is not empty");
        // Whatever comes first: one more ghost, or somebody who takes this.
        select! {
            recv(arriving) -> next => {
                stack.push(ghost);
                match next {
                    Ok(next) => stack.push(next),
                    Err(_) => break,
                }
            }
            send(leaving, ghost) -> taken => taken.expect("Peter hunts"),
        }
    }
    // No more arrive: hand out what is left.
    while let Some(ghost) = stack.pop() {
        leaving.send(ghost).expect("Peter hunts");
    }
}
// ANCHOR_END: lifo
