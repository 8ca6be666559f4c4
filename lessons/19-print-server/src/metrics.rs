//! The metrics of the print server, besides those of every daemon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use daemon::metrics::{Counter, Family, Gauge};
use daemon::{Daemon, Tasks};
use job_queue::Queue;

use crate::events::views;

/// The states of a job, in the words of [`JobView`](crate::JobView).
const STATES: [&str; 7] = [
    "waiting",
    "held",
    "printing",
    "printed",
    "failed",
    "cancelled",
    "uncertain",
];

type Label = [(&'static str, String); 1];

/// The server's own metrics. Clones share them.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    queue: Arc<dyn Queue>,
    tasks: Tasks,
    jobs: Family<Label, Gauge>,
    paused: Gauge,
    pages: Counter,
    uploads: Family<Label, Counter>,
    counted: Mutex<LastCount>,
}

/// What the queue held when it was read last.
#[derive(Default)]
struct LastCount {
    version: u64,
    /// The pages of each job that the printer has confirmed.
    printed: HashMap<String, u32>,
}

impl Metrics {
    /// Registers the metrics. What is printed already is not counted again.
    pub(crate) fn register(
        daemon: &Daemon,
        queue: Arc<dyn Queue>,
    ) -> Result<Metrics, job_queue::Error> {
        let before = views(&*queue, usize::MAX)?;
        let printed = before.into_iter().map(|job| (job.id, job.printed));
        let metrics = Metrics(Arc::new(Inner {
            queue,
            tasks: daemon.tasks().clone(),
            jobs: Family::default(),
            paused: Gauge::default(),
            pages: Counter::default(),
            uploads: Family::default(),
            counted: Mutex::new(LastCount {
                version: u64::MAX,
                printed: printed.collect(),
            }),
        }));
        let inner = &metrics.0;
        let registry = daemon.metrics();
        registry.register(
            "print_jobs",
            "Jobs that the queue remembers, by state",
            inner.jobs.clone(),
        );
        registry.register(
            "print_queue_paused",
            "1 while the queue stands still, as for a printer without paper",
            inner.paused.clone(),
        );
        registry.register(
            "pages_printed",
            "Page sides that the printer has confirmed since the start",
            inner.pages.clone(),
        );
        registry.register(
            "uploads",
            "Documents that were sent to us, by the status of our answer",
            inner.uploads.clone(),
        );
        Ok(metrics)
    }

    /// Counts the uploads of a router. The queue is read only when somebody
    /// asks for the metrics.
    pub(crate) fn watch(self, app: Router) -> Router {
        app.layer(from_fn_with_state(self, count))
    }

    fn count_jobs(&self) -> Result<(), job_queue::Error> {
        let inner = &self.0;
        let mut counted =
            inner.counted.lock().unwrap_or_else(PoisonError::into_inner);
        inner.paused.set(i64::from(inner.queue.paused()?.is_some()));
        let version = inner.queue.version()?;
        if version == counted.version {
            return Ok(());
        }
        let jobs = views(&*inner.queue, usize::MAX)?;
        for state in STATES {
            let count = jobs.iter().filter(|job| job.state == state).count();
            let label = [("state", state.to_owned())];
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            inner.jobs.get_or_create(&label).set(count);
        }
        let mut printed = HashMap::new();
        for job in jobs {
            let before = counted.printed.get(&job.id).copied().unwrap_or(0);
            // Fewer than before means that the job is printed once more.
            let new = job.printed.checked_sub(before).unwrap_or(job.printed);
            inner.pages.inc_by(u64::from(new));
            printed.insert(job.id, job.printed);
        }
        *counted = LastCount { version, printed };
        Ok(())
    }
}

async fn count(
    State(metrics): State<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_upload = request.method() == Method::POST
        && (path == "/upload" || path == "/api/jobs");
    if path == "/metrics" {
        let counter = metrics.clone();
        let count_jobs = move || match counter.count_jobs() {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!("the jobs cannot be counted: {error}");
            }
        };
        // A panic is logged.
        let _ = metrics.0.tasks.spawn_blocking("job counter", count_jobs).await;
    }
    let response = next.run(request).await;
    if is_upload {
        let status = response.status().as_str().to_owned();
        metrics.0.uploads.get_or_create(&[("status", status)]).inc();
    }
    response
}
