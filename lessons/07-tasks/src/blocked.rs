//! A blocked executor: one task without an await holds up all others on its
//! thread.

use std::thread;

use tokio::{join, task::spawn_blocking};

use crate::story::{event, real, wait};

// ANCHOR: blocked
pub fn play() {
    crate::one_thread().block_on(async {
        // Blocked: for three seconds there is no await.
        let egon = async {
            wait(0.5).await;
            event("Egon Spengler", "computes");
            let result = compute();
            event("Egon Spengler", format!("has computed {result}"));
        };
        join!(radio(), egon);

        // Cured: that is work for a thread, and the task awaits its end.
        let egon = async {
            wait(0.5).await;
            event("Egon Spengler", "has it computed");
            let result = spawn_blocking(compute).await.expect("no panic");
            event("Egon Spengler", format!("is told {result}"));
        };
        join!(radio(), egon);
    });
}

async fn radio() {
    for _ in 0..5 {
        event("radio", "is on the air");
        wait(1.0).await;
    }
}

/// Stands for whatever keeps a thread: arithmetic, a file, a printer.
fn compute() -> u32 {
    thread::sleep(real(3.0));
    42
}
// ANCHOR_END: blocked
