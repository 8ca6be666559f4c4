//! The same afternoon for every order: five ghosts arrive, and Peter hunts.

use std::{cmp::Reverse, thread};

use crossbeam_channel::{Receiver, Sender};

use crate::story::{event, wait};

/// The more dangerous ghost is the greater; of equals, the one that came first.
/// The derived order compares the fields from the first to the last.
// ANCHOR: ghost
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Ghost {
    class: u8,
    arrival: Reverse<u8>,
    name: &'static str,
}
// ANCHOR_END: ghost

/// Lets ghosts into the pool and has them caught as they leave it.
// ANCHOR: afternoon
pub fn play(pool: Sender<Ghost>, waiting: Receiver<Ghost>) {
    let arrive = |arrival, name, class| {
        event("pool", format!("{name} arrives, class {class}"));
        let ghost = Ghost { class, arrival: Reverse(arrival), name };
        pool.send(ghost).expect("Peter hunts, or the keeper waits");
    };

    // Four ghosts are there before Peter is.
    arrive(1, "the librarian", 4);
    arrive(2, "Slimer", 5);
    arrive(3, "the taxi driver", 3);
    arrive(4, "the jogger", 3);
    let peter = thread::spawn(move || {
        for Ghost { name, class, .. } in waiting {
            event("Peter Venkman", format!("takes {name}, class {class}"));
            wait(2.0);
        }
    });

    // A fifth one comes when two are caught.
    wait(3.0);
    arrive(5, "Gozer", 7);
    drop(pool);
    peter.join().expect("Peter does not panic");
}
// ANCHOR_END: afternoon
