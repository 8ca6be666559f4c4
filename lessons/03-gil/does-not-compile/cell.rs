//! `Cell` changes behind a shared reference, without care for other threads.

use std::{cell::Cell, thread};

// ANCHOR: cell
fn main() {
    let caught = Cell::new(0);
    thread::scope(|scope| {
        scope.spawn(|| caught.set(caught.get() + 1));
    });
    println!("{} caught", caught.get());
}
// ANCHOR_END: cell
