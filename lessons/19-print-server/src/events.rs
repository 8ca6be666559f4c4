//! Live changes of jobs, for all who listen.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use daemon::{Daemon, Health, Shutdown};
use job_queue::Queue;
use print_client::JobView;
use relay::Spool;
use tokio::sync::broadcast;

use crate::view::job_view;

/// How many jobs the page and the news look at, newest first.
pub(crate) const SHOWN: usize = 200;

/// Hands every change of a job to all listeners.
#[derive(Clone)]
pub(crate) struct Events {
    sender: broadcast::Sender<Arc<JobView>>,
    queue: Arc<dyn Queue>,
}

impl Events {
    /// Starts the thread that waits for changes in the queue, made by this
    /// process or another, until the daemon ends. It also reports to the
    /// daemon's health whether queue and spool take what is new, and why the
    /// queue is paused.
    pub(crate) fn start(
        queue: Arc<dyn Queue>,
        spool: Spool,
        daemon: &Daemon,
    ) -> io::Result<Events> {
        let (sender, _) = broadcast::channel(1024);
        let events = Events { sender, queue };
        let watcher = events.clone();
        let shutdown = daemon.shutdown().clone();
        let health = daemon.health().clone();
        let watch = move || watcher.watch(&spool, &shutdown, &health);
        daemon.tasks().thread("news", watch)?;
        Ok(events)
    }

    /// The changes from now on. A listener that is too slow gets an error that
    /// says how many it missed.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<JobView>> {
        self.sender.subscribe()
    }

    fn watch(&self, spool: &Spool, shutdown: &Shutdown, health: &Health) {
        /// The end of a pause is no change in the queue, so the jobs are read
        /// at least this often.
        const LONG: Duration = Duration::from_secs(60);
        /// How long one wait lasts. It is short, as it cannot be interrupted.
        const SHORT: Duration = Duration::from_millis(500);
        let mut seen = 0;
        let mut looked = Instant::now();
        let mut room = RoomCheck::default();
        let mut known: HashMap<String, JobView> = HashMap::new();
        while !shutdown.is_stopping() {
            let version = self.queue.wait_for_change(seen, SHORT);
            let state = version.as_ref().map(drop);
            let state = state.map_err(ToString::to_string);
            health.require(
                "queue",
                state.and_then(|()| room.queue(&*self.queue)),
            );
            health.require("spool", room.spool(spool));
            match version {
                Ok(same) if same == seen && looked.elapsed() < LONG => continue,
                Ok(version) => seen = version,
                Err(error) => {
                    tracing::warn!("news of jobs: {error}");
                    thread::sleep(Duration::from_secs(1));
                    continue;
                }
            }
            looked = Instant::now();
            // A queue that fails here is reported above, next time.
            if let Ok(paused) = self.queue.paused() {
                health.set("printer", paused.map_or(Ok(()), Err));
            }
            // Without listeners no jobs are read. A later listener gets all
            // of them first.
            if self.sender.receiver_count() == 0 {
                known.clear();
                continue;
            }
            let Ok(jobs) = views(&*self.queue, SHOWN) else {
                continue;
            };
            for job in &jobs {
                if known.get(&job.id) != Some(job) {
                    // Nobody listening any more is fine.
                    let _ = self.sender.send(Arc::new(job.clone()));
                }
            }
            known = jobs.into_iter().map(|job| (job.id.clone(), job)).collect();
        }
    }
}

/// Whether queue and spool take what is new. To read from them says nothing of
/// that: the disk may be full, or Redis have become a replica.
#[derive(Default)]
struct RoomCheck {
    queue: Option<(Instant, Result<(), String>)>,
    spool: Option<(Instant, Result<(), String>)>,
}

impl RoomCheck {
    fn queue(&mut self, queue: &dyn Queue) -> Result<(), String> {
        let check = || queue.check().map_err(|error| error.to_string());
        now_and_then(&mut self.queue, check)
    }

    fn spool(&mut self, spool: &Spool) -> Result<(), String> {
        let check = || {
            spool
                .check()
                .map_err(|error| format!("no document can be kept: {error}"))
        };
        now_and_then(&mut self.spool, check)
    }
}

/// Each check is a write: the last answer counts for a while.
fn now_and_then(
    last: &mut Option<(Instant, Result<(), String>)>,
    check: impl Fn() -> Result<(), String>,
) -> Result<(), String> {
    let age = match last {
        Some((_, Err(_))) => Duration::from_secs(1),
        _ => Duration::from_secs(3),
    };
    match last {
        Some((when, answer)) if when.elapsed() < age => answer.clone(),
        _ => {
            let answer = check();
            *last = Some((Instant::now(), answer.clone()));
            answer
        }
    }
}

/// The newest `limit` jobs as people see them.
pub(crate) fn views(
    queue: &dyn Queue,
    limit: usize,
) -> Result<Vec<JobView>, job_queue::Error> {
    let paused = queue.paused()?;
    let jobs = queue.jobs(limit)?;
    Ok(jobs.iter().map(|job| job_view(job, paused.as_deref())).collect())
}
