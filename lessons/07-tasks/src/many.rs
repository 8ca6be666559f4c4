//! A hundred thousand tasks, and a thousand threads, that all wait.

use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU32, Ordering::Relaxed},
};
use std::thread;
use std::time::{Duration, Instant};

use tokio::{runtime::Runtime, sync::Notify, task::JoinSet};

use crate::{memory::resident, story::wait};

const TASKS: u32 = 100_000;
const THREADS: u32 = 1_000;

// ANCHOR: many
pub fn play() {
    println!("                 all there after  memory of one  all gone after");
    Runtime::new().expect("threads and timers").block_on(tasks());
    threads();
}

async fn tasks() {
    let (began, before) = (Instant::now(), resident());
    let here = Arc::new((AtomicU32::new(0), Notify::new()));
    let mut ghosts = JoinSet::new();
    for _ in 0..TASKS {
        let here = Arc::clone(&here);
        ghosts.spawn(async move {
            if here.0.fetch_add(1, Relaxed) + 1 == TASKS {
                here.1.notify_one(); // the last one says so
            }
            wait(5.0).await;
        });
    }
    here.1.notified().await;
    let (there, memory) = (began.elapsed(), resident() - before);
    ghosts.join_all().await;
    row("100,000 tasks", there, memory / f64::from(TASKS), began.elapsed());
}

fn threads() {
    let everybody = || Barrier::new(THREADS as usize + 1);
    let (began, before) = (Instant::now(), resident());
    let (here, home) = (everybody(), everybody());
    let (there, memory) = thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                here.wait();
                home.wait();
            });
        }
        here.wait();
        let measured = (began.elapsed(), resident() - before);
        home.wait();
        measured
    });
    row("1,000 threads", there, memory / f64::from(THREADS), began.elapsed());
}
// ANCHOR_END: many

fn row(what: &str, there: Duration, kib: f64, gone: Duration) {
    let (there, gone) = (there.as_millis(), gone.as_millis());
    println!("{what:<16} {there:>12} ms {kib:>10.2} KiB {gone:>12} ms");
}
