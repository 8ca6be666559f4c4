//! Waiting for whichever of two channels is first, but not for ever.

use std::thread;

use crossbeam_channel::{select, unbounded};

use crate::story::{event, real, wait};

// ANCHOR: timeout
pub fn play() {
    let (pool, waiting) = unbounded();
    let (radio, calls) = unbounded();
    let janine = thread::spawn(move || {
        wait(1.0);
        pool.send("Slimer").expect("Peter listens");
        wait(1.0);
        radio.send("mind the carpet").expect("Peter listens");
        wait(4.0); // both stay open, and silent
    });

    // No loop asks "anything yet?": the thread sleeps until one is ready.
    loop {
        select! {
            recv(waiting) -> ghost => {
                let ghost = ghost.expect("Janine keeps it open");
                event("Peter Venkman", format!("takes {ghost}"));
            }
            recv(calls) -> call => {
                let call = call.expect("Janine keeps it open");
                event("Peter Venkman", format!("hears: {call}"));
            }
            default(real(2.5)) => {
                event("Peter Venkman", "hears nothing more, goes home");
                break;
            }
        }
    }
    janine.join().expect("Janine does not panic");
}
// ANCHOR_END: timeout
