//! A thread may outlive the function that started it.

use std::thread;

// ANCHOR: borrowed
fn main() {
    let ghosts = vec!["Slimer", "Gozer"];
    let egon = thread::spawn(|| println!("Egon sees {}", ghosts[0]));
    egon.join().expect("no panic");
}
// ANCHOR_END: borrowed
