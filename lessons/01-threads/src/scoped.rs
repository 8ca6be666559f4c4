//! Threads that borrow: each searches its own floors of one hotel.

use std::thread;

use crate::{
    GHOSTBUSTERS,
    story::{event, wait},
};

// ANCHOR: scoped
pub fn play() {
    // Ghosts on each floor. The hotel lives on main's stack.
    let mut hotel = [0, 1, 0, 0, 0, 0, 2, 1, 0, 0, 0, 1];

    // Four threads borrow three floors each, to change them.
    let found = thread::scope(|scope| {
        let mut searches = Vec::new();
        for (name, floors) in GHOSTBUSTERS.iter().zip(hotel.chunks_mut(3)) {
            searches.push(scope.spawn(|| search(name, floors)));
            wait(0.5);
        }

        // join() returns what the thread's function returned.
        let mut found = 0;
        for search in searches {
            found += search.join().expect("search() does not panic");
        }
        found
    });

    // At the end of the scope all have ended, and main has its hotel back.
    let left: u32 = hotel.iter().sum();
    event("main", format!("{found} ghosts found, {left} left"));
}

fn search(me: &str, floors: &mut [u32]) -> u32 {
    event(me, format!("searches {} floors", floors.len()));
    wait(2.0);
    let found = floors.iter().sum();
    floors.fill(0);
    event(me, format!("{found} found"));
    found
}
// ANCHOR_END: scoped
