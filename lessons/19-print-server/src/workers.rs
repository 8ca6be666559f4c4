//! The workers: one for each printer, and the watch over printers that stand
//! in for others.

use std::io;
use std::path::Path;
use std::sync::Arc;

use daemon::{Daemon, Lock, LockError, Tasks};
use driver::isolated::Limits as RenderLimits;
use job_queue::Queue;
use print_options::{Options, PrinterChoice, Role};
use printer::Deadlines;
use relay::{Format, Intakes, LogMessage, Spool, Worker, WorkerSettings};
use sign_in::Signer;
use stand_ins::{StandIn, StandIns};
use tokio::sync::oneshot;

use crate::machines::warn_of_documents_out_of_reach;
use crate::printers::{Printer, Printers, Virtual};
use crate::start_error::StartError;

/// Locks the data folder: the jobs in it are printed by one server, or by
/// workers for the same printers.
pub(crate) fn lock(options: &Options, data: &Path) -> Result<Lock, LockError> {
    let path = data.join("printing.lock");
    let mut addresses = Vec::new();
    for printer in options.all_printers() {
        match printer.address {
            PrinterChoice::Network(address) => {
                addresses.push(address.to_string());
            }
            // Each server has a virtual printer of its own.
            PrinterChoice::Virtual => return Lock::take(&path),
        }
    }
    match options.role {
        Role::Worker => {
            let purpose = format!("workers for {}", addresses.join(", "));
            Lock::share(&path, &purpose)
        }
        _ => Lock::take(&path),
    }
}

/// Whoever prints, with what all of them share.
pub(crate) struct Crew<'a> {
    pub(crate) daemon: &'a Daemon,
    pub(crate) options: &'a Options,
    pub(crate) queue: &'a Arc<dyn Queue>,
    pub(crate) spool: &'a Spool,
    pub(crate) intakes: Intakes,
}

impl Crew<'_> {
    /// Starts a worker for each printer, and the watch over those that others
    /// stand in for. When the last worker has ended, `lock` is let go of and
    /// then `end`.
    pub(crate) fn start(
        &self,
        printers: &Printers,
        started: Virtual,
        lock: Lock,
        end: oneshot::Sender<()>,
    ) -> Result<(), StartError> {
        let name = worker_name(self.daemon);
        if lock.is_exclusive() {
            // Nobody else prints from this folder: whoever of it still holds
            // a job is dead, whatever the clock says.
            let shared = self.options.is_queue_shared();
            let names = if shared { name.as_str() } else { "" };
            if let Err(error) = self.queue.declare_dead(names) {
                // Then their leases run out.
                tracing::warn!("{error}");
            }
        }
        printers.adopt_jobs()?;
        warn_of_documents_out_of_reach(
            self.options,
            &**self.queue,
            self.spool,
            &self.intakes,
        )?;
        // Dropped in this order: once the end is known, the folder is free.
        let ends = Arc::new((lock, end));
        let tasks = self.daemon.tasks();
        for printer in printers.iter() {
            let Some(worker) = self.worker(printer) else { continue };
            let printer = started.get(printer.name()).cloned();
            print(tasks, worker, (ends.clone(), printer))
                .map_err(StartError::Threads)?;
        }
        let stand_ins = StandIns {
            queue: self.queue.clone(),
            pairs: pairs(printers),
            log,
            stop: self.daemon.shutdown().flag(),
        };
        if !stand_ins.pairs.is_empty() {
            let watch = move || stand_ins.run();
            tasks.thread("stand-ins", watch).map_err(StartError::Threads)?;
        }
        Ok(())
    }

    fn worker(&self, printer: &Printer) -> Option<Worker> {
        let options = self.options;
        let address = printer.address.clone()?;
        let deadlines = Deadlines {
            silence: options.printer_silence,
            ..Deadlines::default()
        };
        let (name, id) = (worker_name(self.daemon), std::process::id());
        let threads = options.threads.unwrap_or_else(driver::default_threads);
        Some(Worker {
            queue: printer.lane.clone(),
            spool: self.spool.clone(),
            printer: printer::Printer::new(address, deadlines),
            settings: WorkerSettings {
                name: format!("{name} {id} {}", printer.name()),
                lease: options.lease,
                dpi: options.dpi,
                language: printer.options.language,
                takes_pdf: printer.options.takes_pdf,
                color: printer.options.color,
                threads,
                loaded: printer.options.media.clone(),
                limits: RenderLimits::default(),
                access: printer.options.access.clone(),
                allow_raw: options.allow_raw,
                is_shared: options.is_queue_shared(),
                intakes: self.intakes.clone(),
                printer_state: printer.state.clone(),
                log,
            },
            stop: self.daemon.shutdown().flag(),
        })
    }
}

/// The stand-in of each printer that has one.
fn pairs(printers: &Printers) -> Vec<StandIn> {
    let mut pairs = Vec::new();
    for printer in printers.iter() {
        let name = printer.options.stand_in.as_deref();
        let Some(other) = name.and_then(|name| printers.get(name)) else {
            continue;
        };
        let to = other.destination();
        let (mine, theirs) = (printer.options.clone(), other.options.clone());
        pairs.push(StandIn {
            from: printer.name().to_owned(),
            to: to.name.clone(),
            after: printer.options.stand_in_after,
            takes: Box::new(move |job| {
                // In its printer's own language, which may not be the other's.
                job.format != Format::Raw
                    && to.check(job).is_ok()
                    && theirs.is_for_job(job, &mine)
            }),
        });
    }
    pairs
}

/// The first words of the names of this data folder's workers: the same after
/// each start, and different from other folders'.
fn worker_name(daemon: &Daemon) -> String {
    let secret = daemon.key().expose().as_bytes();
    let mark = Signer::new(secret, "data folder").sign("mark");
    format!("print-server {}", &mark[..8])
}

pub(crate) fn log(message: LogMessage) {
    match message {
        LogMessage::Info(text) => tracing::info!("{text}"),
        LogMessage::Warning(text) => tracing::warn!("{text}"),
        LogMessage::Error(text) => tracing::error!("{text}"),
    }
}

/// Prints until told to stop, and lets go of what it keeps. A panic over a
/// job is logged, counted and shown in `/healthz`, and the next is printed.
fn print(
    tasks: &Tasks,
    worker: Worker,
    keep: impl Send + 'static,
) -> io::Result<()> {
    let jobs = tasks.clone();
    let work = move || {
        let mut next = None;
        while let Some(claim) = worker.next_job(next.take()) {
            let printed = jobs.call("print job", || worker.print(claim));
            next = printed.unwrap_or(None);
        }
        drop(keep);
    };
    tasks.thread("printing", work).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use job_queue::{NewJob, State};
    use printer::Printer;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    /// A bug over one job: here, in what keeps the log.
    #[test]
    fn a_panic_over_a_job_is_told_and_the_next_job_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("queue.db");
        let queue =
            job_queue::open(&format!("sqlite:{}", file.display()), "print")
                .expect("a queue");
        let ids = ["not a print job", "not one either"].map(|payload| {
            let job = NewJob::new(payload).max_attempts(1);
            queue.enqueue(job).expect("queued").id
        });
        let settings = WorkerSettings {
            lease: Duration::from_millis(200),
            log: |message| match message {
                LogMessage::Warning(text) if text.starts_with("job 1 ") => {
                    panic!("no ink to write with")
                }
                _ => {}
            },
            ..WorkerSettings::new("worker")
        };
        let stop = Arc::<AtomicBool>::default();
        let worker = Worker {
            queue: queue.clone(),
            spool: Spool::open(folder.path()).expect("a spool"),
            printer: Printer::new(
                "tcp://192.0.2.9".parse().expect("an address"),
                Deadlines::default(),
            ),
            settings,
            stop: stop.clone(),
        };
        let tasks = Tasks::default();
        print(&tasks, worker, ()).expect("a thread");
        let state = |id| queue.job(id).expect("a queue").expect("a job").state;
        let mut version = 0;
        while ids.iter().any(|id| state(id) != State::Dead) {
            let wait = Duration::from_secs(60);
            let now = queue.wait_for_change(version, wait).expect("a queue");
            assert_ne!(now, version, "the worker does nothing any more");
            version = now;
        }
        let report = daemon::Health::new(&tasks).report();
        let task = &report["tasks"]["print job"];
        assert_eq!(task["panics"], 1, "{task}");
        // The second job went well: there is no trouble any more.
        assert_eq!(task["lost"], false, "{task}");
        stop.store(true, Ordering::Relaxed);
    }
}
