//! Back pressure: a full channel makes the one who fills it wait.

use std::thread;

use crossbeam_channel::{bounded, unbounded};

use crate::story::{event, wait};

// ANCHOR: bounded
pub fn play() {
    for (kind, (pool, waiting)) in
        [("unbounded", unbounded()), ("bounded(3)", bounded(3))]
    {
        println!("-- {kind}");
        // Egon comes a moment later, and catches one ghost a second.
        let egon = thread::spawn(move || {
            wait(0.5);
            waiting.iter().for_each(|_ghost| wait(1.0));
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
}
// ANCHOR_END: bounded
