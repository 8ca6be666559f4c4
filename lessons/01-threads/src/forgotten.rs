//! Nobody joins these four. When main returns, the process ends with them.

use std::thread;

use crate::{
    GHOSTBUSTERS, board,
    story::{event, wait},
};

// ANCHOR: forgotten
pub fn play() {
    for name in GHOSTBUSTERS {
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(board).expect("memory for a thread");
        wait(0.5);
    }
    event("main", "returns, and nobody has boarded");
}
// ANCHOR_END: forgotten
