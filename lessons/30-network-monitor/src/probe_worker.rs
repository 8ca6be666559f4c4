//! The worker that probes all targets of one interval.

use crate::context::Context;
use crate::probe;
use fastrand::Rng;
use monitor_config::Target;
use schedule::{Now, Schedule, Timer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// In how many passes one target may be asked at the same time: a dead host is
/// waited for while the next pass begins. A target that takes longer than that
/// many passes is left out of the next, and delays no other.
const PASSES: usize = 4;

// ANCHOR: probe
/// Asks all these targets at once, again and again, and never while a speed
/// test fills the line.
pub(crate) async fn run(
    context: Context,
    every: Duration,
    targets: Vec<Target>,
    mut stop: watch::Receiver<bool>,
) {
    let name = format!("pass every {every:?}");
    let schedule = Schedule::every(every);
    let mut timer = Timer::new(schedule, Now::read(), Rng::new());
    let places = || Arc::new(Semaphore::new(PASSES));
    let targets: Vec<_> =
        targets.into_iter().map(|target| (target, places())).collect();
    let mut passes = JoinSet::new();
    loop {
        tokio::select! {
            () = timer.wait() => {}
            _ = stop.changed() => return,
            () = context.stopped() => return,
        }
        // Forget the passes that have ended. One that panicked was reported
        // by `Tasks`, and the others go on.
        while passes.try_join_next().is_some() {}
        let Some(pass) = context.gate.pass() else {
            context.state.metrics.skipped.inc();
            continue;
        };
        let mut due = Vec::new();
        for (target, places) in &targets {
            if let Ok(place) = places.clone().try_acquire_owned() {
                due.push((target.clone(), place));
            }
        }
        let measurements = context.measurements.clone();
        passes.spawn(context.tasks.watch(&name, async move {
            probe::probe(due, &measurements).await;
            drop(pass);
        }));
    }
}
// ANCHOR_END: probe
