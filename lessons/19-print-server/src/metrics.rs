//! The metrics of the print server, besides those of every daemon.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use daemon::metrics::{Counter, Family, Gauge};
use daemon::{Daemon, Tasks};
use ipp_printer::{Answered, Operation};
use job_queue::Queue;

use crate::printers::Printers;
use crate::records::Records;

/// The states of a job, in the words of [`JobView`](print_client::JobView).
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
type TwoLabels = [(&'static str, String); 2];

/// The server's own metrics. Clones share them.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    queue: Arc<dyn Queue>,
    tasks: Tasks,
    printers: Printers,
    jobs: Family<TwoLabels, Gauge>,
    paused: Family<Label, Gauge>,
    records: Option<Records>,
    pages: Family<Label, Counter>,
    sheets: Family<Label, Counter>,
    uploads: Family<Label, Counter>,
    /// The version of the queue when its jobs were last counted.
    counted: Mutex<u64>,
}

impl Metrics {
    /// Registers the metrics. Those of pages are the sums of the records, also
    /// after a restart.
    pub(crate) fn register(
        daemon: &Daemon,
        queue: Arc<dyn Queue>,
        printers: Printers,
        records: Option<Records>,
    ) -> Metrics {
        let metrics = Metrics(Arc::new(Inner {
            queue,
            tasks: daemon.tasks().clone(),
            printers,
            jobs: Family::default(),
            paused: Family::default(),
            records,
            pages: Family::default(),
            sheets: Family::default(),
            uploads: Family::default(),
            counted: Mutex::new(u64::MAX),
        }));
        let inner = &metrics.0;
        if inner.records.is_some() {
            for printer in inner.printers.iter() {
                let label = [("printer", printer.name().to_owned())];
                // They are 0 before they are anything else.
                drop(inner.pages.get_or_create(&label));
                drop(inner.sheets.get_or_create(&label));
            }
        }
        let registry = daemon.metrics();
        registry.register(
            "print_jobs",
            "Jobs that the queue remembers, by printer and state",
            inner.jobs.clone(),
        );
        registry.register(
            "print_queue_paused",
            "1 while a printer gets no jobs, as when it has no paper, by printer",
            inner.paused.clone(),
        );
        registry.register(
            "pages_printed",
            "Page sides on paper of all jobs that ever ended, by printer",
            inner.pages.clone(),
        );
        registry.register(
            "sheets_printed",
            "Sheets of paper of all jobs that ever ended, by printer",
            inner.sheets.clone(),
        );
        registry.register(
            "uploads",
            "Documents that were sent to us, by the status of our answer, \
             which is IPP's where it begins with 0x",
            inner.uploads.clone(),
        );
        metrics
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
        for printer in inner.printers.iter() {
            let label = [("printer", printer.name().to_owned())];
            let is_paused = i64::from(printer.lane.paused()?.is_some());
            inner.paused.get_or_create(&label).set(is_paused);
        }
        let version = inner.queue.version()?;
        if version == *counted {
            return Ok(());
        }
        let jobs = inner.printers.views(usize::MAX)?;
        let mut counts: HashMap<(&str, &str), i64> = HashMap::new();
        for printer in inner.printers.iter() {
            for state in STATES {
                counts.insert((printer.name(), state), 0);
            }
        }
        for job in &jobs {
            let labels = (job.printer.as_str(), job.state.as_str());
            *counts.entry(labels).or_default() += 1;
        }
        // A printer that is not there any more has no jobs in the end.
        inner.jobs.clear();
        for ((printer, state), count) in counts {
            let labels =
                [("printer", printer.to_owned()), ("state", state.to_owned())];
            inner.jobs.get_or_create(&labels).set(count);
        }
        *counted = version;
        Ok(())
    }

    fn count_pages(&self) -> Result<(), print_records::Error> {
        let inner = &self.0;
        let Some(records) = &inner.records else { return Ok(()) };
        let totals = records.ledger()?.totals()?;
        for (printer, pages, sheets) in totals {
            let label = [("printer", printer)];
            // The sums are kept in the records: the counter shows them.
            let pages_of = inner.pages.get_or_create(&label);
            pages_of.inner().store(pages, Ordering::Relaxed);
            let sheets_of = inner.sheets.get_or_create(&label);
            sheets_of.inner().store(sheets, Ordering::Relaxed);
        }
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
        let count_jobs = move || {
            if let Err(error) = counter.count_jobs() {
                tracing::warn!("the jobs cannot be counted: {error}");
            }
            if let Err(error) = counter.count_pages() {
                tracing::warn!("the pages cannot be counted: {error}");
            }
        };
        // A panic is logged.
        let _ = metrics.0.tasks.spawn_blocking("job counter", count_jobs).await;
    }
    let response = next.run(request).await;
    let status = match response.extensions().get::<Answered>() {
        Some(answered) => status_of_document(*answered),
        None => is_upload.then(|| response.status().as_str().to_owned()),
    };
    if let Some(status) = status {
        metrics.0.uploads.get_or_create(&[("status", status)]).inc();
    }
    response
}

/// The status of an answer by IPP to a request that brings a document.
fn status_of_document(answered: Answered) -> Option<String> {
    match answered.operation? {
        Operation::PrintJob | Operation::SendDocument => {
            Some(format!("{:#06x}", answered.status.number()))
        }
        _ => None,
    }
}
