//! Four threads that nobody joins: when main returns, the process ends with
//! them.

use std::thread;

use crate::{
    GHOSTBUSTERS, board,
    story::{event, wait},
};

// ANCHOR: forgotten
pub fn play() {
    for name in GHOSTBUSTERS {
        thread::spawn(move || board(name));
        wait(0.5);
    }
    event("main", "returns, and nobody has boarded");
}
// ANCHOR_END: forgotten
