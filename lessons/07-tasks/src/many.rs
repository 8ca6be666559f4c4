//! A hundred thousand tasks, and a thousand threads, that all wait.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

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
    let arrived = Arc::new(AtomicU32::new(0));
    let all_are_here = Arc::new(Notify::new());
    let mut ghosts = JoinSet::new();
    for _ in 0..TASKS {
        let (arrived, last) = (Arc::clone(&arrived), Arc::clone(&all_are_here));
        ghosts.spawn(async move {
            if arrived.fetch_add(1, Relaxed) + 1 == TASKS {
                last.notify_one(); // this is the last one
            }
            wait(5.0).await;
        });
    }
    all_are_here.notified().await;
    let (there, memory) = (began.elapsed(), resident() - before);
    ghosts.join_all().await;
    print_row(
        "100,000 tasks",
        there,
        memory / f64::from(TASKS),
        began.elapsed(),
    );
}

fn threads() {
    // Nobody passes a barrier before everybody stands at it.
    let all_are_here = Barrier::new(THREADS as usize + 1);
    let all_may_go = Barrier::new(THREADS as usize + 1);
    let (began, before) = (Instant::now(), resident());
    let (there, memory) = thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                all_are_here.wait();
                all_may_go.wait();
            });
        }
        all_are_here.wait();
        let measured = (began.elapsed(), resident() - before);
        all_may_go.wait();
        measured
    });
    print_row(
        "1,000 threads",
        there,
        memory / f64::from(THREADS),
        began.elapsed(),
    );
}
// ANCHOR_END: many

fn print_row(what: &str, there: Duration, kib: f64, gone: Duration) {
    let (there, gone) = (there.as_millis(), gone.as_millis());
    println!("{what:<16} {there:>12} ms {kib:>10.2} KiB {gone:>12} ms");
}
