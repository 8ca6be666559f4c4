//! Four threads take ghosts from one pool and fill one trap.

use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::story::{event, wait};

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

// ANCHOR: pool
pub fn play() {
    // Ghosts wait in the pool, caught ones end up in the trap.
    let (pool, waiting) = unbounded();
    let (caught, trap) = unbounded();
    (1..=20).for_each(|ghost| pool.send(ghost).expect("`waiting` is here"));
    drop(pool); // no more will come

    // Each hunter has an end of both channels. They share nothing else.
    for name in GHOSTBUSTERS {
        let (waiting, caught) = (waiting.clone(), caught.clone());
        thread::spawn(move || hunt(name, waiting, caught));
        wait(0.5);
    }

    // The trap closes when the last who could fill it has gone home.
    drop(caught);
    event("trap", format!("holds {} ghosts", trap.iter().count()));
}

fn hunt(name: &str, waiting: Receiver<u32>, caught: Sender<u32>) {
    for ghost in waiting {
        event(name, format!("takes ghost {ghost}"));
        wait(if ghost % 3 == 0 { 4.0 } else { 2.0 });
        caught.send(ghost).expect("the trap outlives the hunt");
    }
    event(name, "finds the pool empty");
}
// ANCHOR_END: pool
