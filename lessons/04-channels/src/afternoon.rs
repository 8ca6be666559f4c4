//! One afternoon for every order: who arrives when, and one who hunts.

use std::{cmp::Reverse, thread};

use crossbeam_channel::{Receiver, Sender};

use crate::story::{event, wait};

/// The more dangerous is the greater; of equals, the one that came first.
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
        let ghost = Ghost { class, arrival: Reverse(arrival), name };
        event("pool", format!("{name} arrives, class {class}"));
        pool.send(ghost).expect("the pool is open");
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
