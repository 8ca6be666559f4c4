//! A task may go on on another thread after each `await`.

use std::rc::Rc;

/// An executor with several threads takes only tasks that are `Send`.
fn spawn(_task: impl Future + Send) {}

async fn next_ghost() {}

// ANCHOR: rc_across_await
fn main() {
    spawn(async {
        let name = Rc::new("Slimer");
        next_ghost().await;
        println!("{name} is gone");
    });
}
// ANCHOR_END: rc_across_await
