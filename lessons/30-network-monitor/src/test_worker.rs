//! The worker that runs one speed test, again and again.

use crate::context::Context;
use crate::state::lock;
use crate::{now, speed};
use dashboard::api::Event;
use fastrand::Rng;
use monitor_config::SpeedTest;
use schedule::{Load, Now, Timer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

/// Runs a speed test when it is due or asked for, with the line to itself.
/// `stop` ends the worker once the test that runs has ended, `stop_test` ends
/// the test.
pub(crate) async fn run(
    context: Context,
    test: SpeedTest,
    mut requests: mpsc::Receiver<()>,
    mut stop: watch::Receiver<bool>,
    stop_test: Arc<AtomicBool>,
) {
    let _end = HaltOnDrop { context: &context, name: &test.name };
    let mut timer = timer(&context, &test);
    loop {
        let next = timer.next_run(Now::read());
        lock(&context.state.board).plan_test(&test.name, Some(next));
        tokio::select! {
            () = timer.wait() => {
                if !lock(&context.state.board).begin_test(&test.name) {
                    // Somebody has just asked for one: that is next.
                    continue;
                }
            }
            Some(()) = requests.recv() => {
                lock(&context.state.board).begin_test(&test.name);
            }
            _ = stop.changed() => return,
            () = context.stopped() => return,
        }
        let reason = format!("speed test {} is running", test.name);
        let load = context.gate.load(&reason);
        context.state.feed.status_changed();
        let load = tokio::select! {
            load = load => load,
            _ = stop.changed() => return,
            () = context.stopped() => return,
        };
        let run = run_once(&context, &test, &stop_test, load);
        tokio::pin!(run);
        tokio::select! {
            () = &mut run => {}
            _ = stop.changed() => return run.await,
            () = context.stopped() => {
                stop_test.store(true, Ordering::Relaxed);
                return run.await;
            }
        }
    }
}

/// Runs the test while `load` keeps the line free for it.
async fn run_once(
    context: &Context,
    test: &SpeedTest,
    stop: &Arc<AtomicBool>,
    load: Load,
) {
    let state = context.state.clone();
    let (test, stop) = (test.clone(), stop.clone());
    let run = spawn_blocking(move || {
        let outcome = speed::run(&test, &stop, &mut |progress| {
            state.feed.publish(Event::Progress(Arc::new(progress)));
        });
        // The line is free, and the status is about to say so.
        drop(load);
        match outcome {
            Some(outcome) => state.record_test(&test.name, outcome),
            None => lock(&state.board).halt_test(&test.name),
        }
        state.feed.status_changed();
    });
    if let Err(panic) = run.await {
        std::panic::resume_unwind(panic.into_panic());
    }
}

/// Goes on from the last run, so that a restart alone causes none.
fn timer(context: &Context, test: &SpeedTest) -> Timer {
    let last = lock(&context.state.board).last_test(&test.name);
    let since = last.map(|at| {
        Duration::from_millis(now().saturating_sub(at).max(0).unsigned_abs())
    });
    let schedule = test.schedule.clone();
    Timer::after_run(schedule, since, Now::read(), Rng::new())
}

/// Makes the status say that the test does not run any more, however its
/// worker has ended.
struct HaltOnDrop<'a> {
    context: &'a Context,
    name: &'a str,
}

impl Drop for HaltOnDrop<'_> {
    fn drop(&mut self) {
        let state = &self.context.state;
        lock(&state.board).halt_test(self.name);
        state.feed.status_changed();
    }
}
