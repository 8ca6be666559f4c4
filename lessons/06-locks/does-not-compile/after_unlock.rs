//! What a lock protects cannot be kept after the lock is given back.

use std::sync::Mutex;

// ANCHOR: after_unlock
fn main() {
    let trap = Mutex::new(vec!["Slimer"]);
    let guard = trap.lock().unwrap();
    let first = &guard[0];
    drop(guard);
    println!("{first}");
}
// ANCHOR_END: after_unlock
