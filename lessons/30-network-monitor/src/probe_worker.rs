//! The worker that probes all targets of one interval.

use crate::probe;
use crate::recorder::Measurement;
use daemon::Tasks;
use daemon::metrics::Counter;
use fastrand::Rng;
use monitor_config::Target;
use schedule::{Gate, Now, Schedule, Timer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

/// In how many passes one target may be asked at the same time: a dead host is
/// waited for while the next pass begins. A target that takes longer than that
/// many passes is left out of the next, and delays no other.
const PASSES: usize = 4;

/// What such a worker needs, of the monitor or of a probe elsewhere. Clones
/// share it.
#[derive(Clone)]
pub(crate) struct Prober {
    /// Keeps probes and speed tests apart.
    pub(crate) gate: Gate,
    /// Where the results go.
    pub(crate) measurements: mpsc::Sender<Measurement>,
    pub(crate) tasks: Tasks,
    /// True when the program must end.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Counts the passes that were due while a speed test had the line.
    pub(crate) skipped: Counter,
}

// ANCHOR: probe
/// Asks all these targets at once, again and again, and never while a speed
/// test fills the line.
pub(crate) async fn run(
    prober: Prober,
    every: Duration,
    targets: Vec<Target>,
    mut stop: watch::Receiver<bool>,
) {
    let name = format!("pass every {every:?}");
    let schedule = Schedule::every(every);
    let mut timer = Timer::new(schedule, Now::read(), Rng::new());
    let slots = || Arc::new(Semaphore::new(PASSES));
    let targets: Vec<_> =
        targets.into_iter().map(|target| (target, slots())).collect();
    let mut passes = JoinSet::new();
    let mut stopping = prober.stopping.clone();
    loop {
        tokio::select! {
            () = timer.wait() => {}
            _ = stop.changed() => return,
            // An error says that whatever could stop it is gone.
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        // Forget the passes that have ended. One that panicked was reported
        // by `Tasks`, and the others go on.
        while passes.try_join_next().is_some() {}
        let Some(pass) = prober.gate.pass() else {
            prober.skipped.inc();
            continue;
        };
        let mut due = Vec::new();
        for (target, slots) in &targets {
            if let Ok(slot) = slots.clone().try_acquire_owned() {
                due.push((target.clone(), slot));
            }
        }
        let measurements = prober.measurements.clone();
        passes.spawn(prober.tasks.watch(&name, async move {
            probe::probe(due, &measurements).await;
            drop(pass);
        }));
    }
}
// ANCHOR_END: probe
