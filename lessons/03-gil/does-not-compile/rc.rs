//! `Rc` counts its owners without care for other threads.

use std::{rc::Rc, thread};

// ANCHOR: rc
fn main() {
    let ghosts = Rc::new(vec!["Slimer", "Gozer"]);
    let seen = Rc::clone(&ghosts);
    let egon = thread::spawn(move || println!("Egon sees {}", seen[0]));
    println!("Peter sees {}", ghosts[0]);
    egon.join().expect("no panic");
}
// ANCHOR_END: rc
