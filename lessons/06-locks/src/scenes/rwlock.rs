//! A lock that lets in many readers at a time, or one writer.

use std::{
    sync::{Mutex, RwLock},
    thread,
};

use crate::story::{GHOSTBUSTERS, event, wait};

// ANCHOR: rwlock
pub fn play() {
    // Each reads the map for two seconds. A Mutex lets in one at a time.
    let map = Mutex::new(vec!["Broadway"]);
    event("team", "wants to read the map");
    thread::scope(|scope| {
        for _ in GHOSTBUSTERS {
            scope.spawn(|| {
                // A name keeps the guard; `_` alone would drop it at once.
                let _guard = map.lock().unwrap();
                wait(2.0);
            });
        }
    });
    event("team", "has read it, one after the other");

    // An RwLock lets in all who only read.
    let map = RwLock::new(vec!["Broadway"]);
    thread::scope(|scope| {
        for _ in GHOSTBUSTERS {
            scope.spawn(|| {
                let _guard = map.read().unwrap();
                wait(2.0);
            });
        }

        // Whoever writes waits for them, and is then alone with it.
        wait(0.5);
        event("Janine Melnitz", "wants to add a street");
        map.write().unwrap().push("Central Park West");
        event("Janine Melnitz", "has added a street");
    });
    let streets = map.into_inner().unwrap().len();
    event("team", format!("has read it, all at once: {streets} streets"));
}
// ANCHOR_END: rwlock
