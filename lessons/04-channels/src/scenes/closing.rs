//! The end: a channel tells each side that the other is gone.

use std::time::Duration;

use crossbeam_channel::unbounded;

// ANCHOR: closing
pub fn play() {
    // The last sender goes: what was sent is delivered, then comes the end.
    let (pool, waiting) = unbounded();
    pool.send("Slimer").expect("`waiting` is here");
    pool.send("the jogger").expect("`waiting` is here");
    drop(pool);
    println!("first  {:?}", waiting.recv());
    println!("second {:?}", waiting.recv());
    println!("third  {:?}", waiting.recv());

    // A forgotten clone keeps it open: recv() would wait for ever.
    let (pool, waiting) = unbounded::<&str>();
    let forgotten = pool.clone();
    drop(pool);
    let patience = Duration::from_millis(10);
    println!("with a clone left     {:?}", waiting.recv_timeout(patience));
    drop(forgotten);
    println!("without               {:?}", waiting.recv_timeout(patience));

    // The last receiver goes: the sender gets its ghost back.
    let (pool, waiting) = unbounded();
    drop(waiting);
    let error = pool.send("Gozer").expect_err("nobody is there");
    println!("no one to catch {}: {error}", error.0);
}
// ANCHOR_END: closing
