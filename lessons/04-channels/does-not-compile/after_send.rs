//! A message that was sent belongs to the receiver.

use std::{sync::mpsc, thread};

// ANCHOR: after_send
fn main() {
    let (pool, waiting) = mpsc::channel();
    thread::spawn(move || println!("{:?} is caught", waiting.recv()));

    let ghost = String::from("Slimer");
    pool.send(ghost).expect("somebody waits");
    println!("sent {ghost}");
}
// ANCHOR_END: after_send
