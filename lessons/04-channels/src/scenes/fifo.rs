//! First in, first out: what every channel does.

use crossbeam_channel::unbounded;

use super::afternoon;

// ANCHOR: fifo
pub fn play() {
    let (pool, waiting) = unbounded();
    afternoon::play(pool, waiting);
}
// ANCHOR_END: fifo
