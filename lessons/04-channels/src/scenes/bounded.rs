//! Back pressure: a full channel makes its sender wait.

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::story::{event, wait};

// ANCHOR: bounded
pub fn play() {
    println!("-- unbounded");
    let (pool, waiting) = unbounded();
    rush(pool, waiting);

    println!("-- bounded(3)");
    let (pool, waiting) = bounded(3);
    rush(pool, waiting);
}

fn rush(pool: Sender<u32>, waiting: Receiver<u32>) {
    // Egon comes a moment later, and catches one ghost a second.
    let egon = thread::spawn(move || {
        wait(0.5);
        for _ghost in waiting {
            wait(1.0);
        }
        event("Egon Spengler", "has caught them all");
    });

    // The dispatcher is as fast as the channel lets her be.
    for ghost in 1..=8 {
        pool.send(ghost).expect("Egon is coming");
        let waiting = pool.len();
        event("dispatcher", format!("sent {ghost}, waiting: {waiting}"));
    }
    drop(pool);
    egon.join().expect("Egon does not panic");
}
// ANCHOR_END: bounded
