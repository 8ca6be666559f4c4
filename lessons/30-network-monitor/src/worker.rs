//! A worker: one task that probes the targets of an interval, waits for the
//! reports of a job, or runs one speed test.

use crate::context::Context;
use crate::{probe_worker, push, test_worker};
use daemon::Panicked;
use monitor_config::{Config, Place, Probe, SpeedTest, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A worker, and how to stop it.
pub(crate) struct Worker {
    pub(crate) work: Work,
    pub(crate) task: WorkerTask,
    stop: watch::Sender<bool>,
    /// Ends a speed test that runs.
    stop_test: Arc<AtomicBool>,
    /// Asks for a speed test out of turn.
    start_test: mpsc::Sender<()>,
}

/// The task of a worker, to wait for its end.
pub(crate) type WorkerTask = JoinHandle<Result<(), Panicked>>;

/// What one worker does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Work {
    /// Asks these targets, all at once, in each interval.
    Probe { every: Duration, targets: Vec<Target> },
    /// Waits for the reports of this job.
    Job(Box<Target>),
    /// Runs this speed test when it is due.
    Test(Box<SpeedTest>),
}

impl Work {
    /// The work that a configuration asks for: one piece for each interval,
    /// one for each job and each speed test.
    pub(crate) fn of(config: &Config) -> Vec<Work> {
        let is_ours = |target: &&Target| target.is_measured_from(Place::HERE);
        let ours = config.targets.iter().filter(is_ours).cloned();
        let is_job = |one: &Target| matches!(one.probe, Probe::Push { .. });
        let (jobs, targets): (Vec<_>, Vec<_>) = ours.partition(is_job);
        let mut work: Vec<Work> = by_interval(targets)
            .into_iter()
            .map(|(every, targets)| Work::Probe { every, targets })
            .collect();
        for job in jobs {
            work.push(Work::Job(Box::new(job)));
        }
        for test in &config.speed {
            work.push(Work::Test(Box::new(test.clone())));
        }
        work
    }

    /// Whether it is the speed test of this name.
    pub(crate) fn is_test(&self, name: &str) -> bool {
        matches!(self, Work::Test(test) if test.name == name)
    }
}

/// The targets of each interval, which one worker asks together.
pub(crate) fn by_interval(
    targets: impl IntoIterator<Item = Target>,
) -> Vec<(Duration, Vec<Target>)> {
    let mut intervals: Vec<(Duration, Vec<Target>)> = Vec::new();
    for target in targets {
        let same =
            intervals.iter_mut().find(|(every, _)| *every == target.every);
        match same {
            Some((_, targets)) => targets.push(target),
            None => intervals.push((target.every, vec![target])),
        }
    }
    intervals
}

impl Worker {
    /// Starts a worker, which begins when the one `before` it has ended.
    pub(crate) fn spawn(
        context: &Context,
        work: Work,
        before: Option<WorkerTask>,
    ) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let (start_test, requests) = mpsc::channel(1);
        let stop_test = Arc::new(AtomicBool::new(false));
        let shared = context.clone();
        let task = match work.clone() {
            Work::Probe { every, targets } => {
                let name = format!("probes every {every:?}");
                let prober = shared.prober();
                let probes = probe_worker::run(prober, every, targets, stopped);
                context.tasks.spawn(&name, probes)
            }
            Work::Job(target) => {
                let name = format!("reports of {}", target.name);
                let jobs = push::run(shared, *target, stopped);
                context.tasks.spawn(&name, jobs)
            }
            Work::Test(test) => {
                let name = format!("speed test {}", test.name);
                let stop_test = stop_test.clone();
                context.tasks.spawn(&name, async move {
                    if let Some(before) = before {
                        // If it panicked, that is in the log already.
                        let _ = before.await;
                    }
                    test_worker::run(
                        shared, *test, requests, stopped, stop_test,
                    )
                    .await;
                })
            }
        };
        Worker { work, task, stop, stop_test, start_test }
    }

    /// Asks for a speed test out of turn. `false` when the worker has ended.
    pub(crate) fn start_test(&self) -> bool {
        self.start_test.try_send(()).is_ok()
    }

    /// Stops it. A speed test that runs ends at once.
    pub(crate) fn stop(&self) {
        self.stop_test.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
    }
}
