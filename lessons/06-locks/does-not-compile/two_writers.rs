//! The counter of all beginners: two threads add to one variable.

use std::thread;

// ANCHOR: two_writers
fn main() {
    let mut caught = 0;
    thread::scope(|scope| {
        scope.spawn(|| caught += 1);
        scope.spawn(|| caught += 1);
    });
    println!("{caught} caught");
}
// ANCHOR_END: two_writers
