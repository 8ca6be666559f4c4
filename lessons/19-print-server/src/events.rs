//! Live changes of jobs and printers, for all who listen.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use daemon::{Daemon, Health, Shutdown, Tasks};
use job_queue::{Job, JobId, Queue};
use print_client::JobView;
use relay::Spool;
use tokio::runtime::Handle;
use tokio::sync::broadcast;

use crate::printers::{Paused, Printers};
use crate::printers_api::PrinterView;
use crate::queue::Advice;

/// How many changes a listener may be behind: more than there are jobs to show.
const MOST_NEWS: usize = 4096;

/// How often idle printers are asked how they are while somebody listens. They
/// say nothing by themselves.
const SURVEY: Duration = Duration::from_secs(5);

/// Hands every change of a job or a printer to all listeners.
#[derive(Clone)]
pub(crate) struct Events {
    jobs: broadcast::Sender<Arc<JobView>>,
    printers: broadcast::Sender<Arc<PrinterView>>,
    queue: Arc<dyn Queue>,
    known: Printers,
}

impl Events {
    /// Starts the thread that waits for changes in the queue, made by this
    /// process or another, until the daemon ends. It also reports to the
    /// daemon's health whether queue and spool take what is new, and why a
    /// printer stands still.
    pub(crate) fn start(
        queue: Arc<dyn Queue>,
        printers: Printers,
        spool: &Spool,
        daemon: &Daemon,
    ) -> io::Result<Events> {
        let (jobs, _) = broadcast::channel(MOST_NEWS);
        let (news, _) = broadcast::channel(MOST_NEWS);
        let events = Events { jobs, printers: news, queue, known: printers };
        let spool = spool.clone();
        let watcher = events.clone();
        let shutdown = daemon.shutdown().clone();
        let health = daemon.health().clone();
        let tasks = daemon.tasks().clone();
        let runtime = Handle::current();
        let watch = move || {
            let _entered = runtime.enter();
            watcher.watch(&spool, &shutdown, &health, &tasks);
        };
        daemon.tasks().thread("news", watch)?;
        Ok(events)
    }

    /// The changes of jobs from now on. A listener that is too slow gets an
    /// error that says how many it missed.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<JobView>> {
        self.jobs.subscribe()
    }

    /// The changes of printers; likewise.
    pub(crate) fn listen_to_printers(
        &self,
    ) -> broadcast::Receiver<Arc<PrinterView>> {
        self.printers.subscribe()
    }

    fn watch(
        &self,
        spool: &Spool,
        shutdown: &Shutdown,
        health: &Health,
        tasks: &Tasks,
    ) {
        /// The end of a pause is no change in the queue, so the jobs are read
        /// at least this often.
        const LONG: Duration = Duration::from_secs(60);
        /// How long one wait lasts. It is short, as it cannot be interrupted.
        const SHORT: Duration = Duration::from_millis(500);
        let mut seen = 0;
        let mut looked = Instant::now();
        let mut room = RoomCheck::default();
        let mut known = JobNews::default();
        let mut advice = Advice::default();
        let mut printers = PrinterNews::default();
        while !shutdown.is_stopping() {
            if self.printers.receiver_count() > 0 {
                printers.look(self, tasks);
            }
            let version = self.queue.wait_for_change(seen, SHORT);
            let state = version.as_ref().map(drop);
            let state = state.map_err(ToString::to_string);
            health.require(
                "queue",
                state.and_then(|()| room.queue(&*self.queue)),
            );
            health.require("spool", room.spool(spool));
            if version.is_ok() {
                advice.look(&*self.queue);
            }
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
            let Ok(paused) = self.known.paused() else { continue };
            self.known.report(&paused, health);
            // Without listeners no jobs are read. A later listener gets all
            // of them first.
            if self.jobs.receiver_count() == 0 {
                known = JobNews::default();
                continue;
            }
            // Nor here.
            if let Ok(jobs) = self.known.shown() {
                known.tell(jobs, paused, self);
            }
        }
    }
}

// ANCHOR: job-news
/// What listeners know of the jobs.
#[derive(Default)]
struct JobNews {
    told: HashMap<JobId, (Job, Arc<JobView>)>,
    paused: Paused,
}

impl JobNews {
    /// Tells what has changed. Of all other jobs it does not even look at what
    /// they are about: there may be a thousand of them.
    fn tell(&mut self, jobs: Vec<Job>, paused: Paused, events: &Events) {
        let same_pauses = self.paused == paused;
        let mut told = HashMap::with_capacity(jobs.len());
        for job in jobs {
            let before = self.told.remove(&job.id);
            let view = match before {
                Some((same, view)) if same_pauses && same == job => view,
                before => {
                    let view = Arc::new(events.known.view(&job, &paused));
                    if before.is_none_or(|(_, before)| before != view) {
                        // Nobody listening any more is fine.
                        let _ = events.jobs.send(view.clone());
                    }
                    view
                }
            };
            told.insert(job.id, (job, view));
        }
        *self = JobNews { told, paused };
    }
}
// ANCHOR_END: job-news

/// What listeners know of the printers.
#[derive(Default)]
struct PrinterNews {
    told: Vec<Arc<PrinterView>>,
    asked: Option<Instant>,
}

impl PrinterNews {
    /// Tells what has changed, and asks the printers now and then.
    fn look(&mut self, events: &Events, tasks: &Tasks) {
        if self.asked.is_none_or(|asked| asked.elapsed() > SURVEY) {
            self.asked = Some(Instant::now());
            // Their answers are seen at one of the next looks.
            drop(events.known.ask_all(tasks));
        }
        // A queue that fails is reported already.
        let Ok(now) = events.known.all_views() else { return };
        for printer in now {
            let is_known = self.told.iter().any(|told| **told == printer);
            if !is_known {
                let name = printer.name.clone();
                self.told.retain(|told| told.name != name);
                let printer = Arc::new(printer);
                self.told.push(printer.clone());
                let _ = events.printers.send(printer);
            }
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
