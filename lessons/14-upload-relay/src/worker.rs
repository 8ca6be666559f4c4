//! The worker: takes one job after another from the queue, and stays with
//! each until the paper is out or until it can say why not.

mod banner;
mod delivery;
mod document;
mod gate;
mod lease_keeper;
mod outcome;
mod page_count;
mod papers;
mod printer_wait;
mod settings;
mod settlement;
mod shared_job;

pub use settings::{LogMessage, WorkerSettings};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use job_queue::{Claim, Queue};
use printer::Printer;

use crate::Spool;

/// How long one wait for a job lasts before the worker looks whether it is to
/// stop.
const CLAIM_WAIT: Duration = Duration::from_secs(1);

/// Prints jobs, one after another, on one printer.
pub struct Worker {
    /// Where the jobs come from.
    pub queue: Arc<dyn Queue>,
    /// Where their documents lie.
    pub spool: Spool,
    /// Where the paper comes out.
    pub printer: Printer,
    /// How this worker works.
    pub settings: WorkerSettings,
    /// Set it, and the worker ends after the job in hand.
    pub stop: Arc<AtomicBool>,
}

// ANCHOR: run
impl Worker {
    /// Prints until told to stop. A bug that panics over one job does not end
    /// the printing of the others.
    pub fn run(&self) {
        let mut next = None;
        while let Some(claim) = self.next_job(next.take()) {
            // The compiler asks whether a panic may leave something half
            // changed that is used afterwards. It does not: all that belongs
            // to a job is dropped with it, and its lease runs out.
            let printed = catch_unwind(AssertUnwindSafe(|| self.print(claim)));
            next = printed.unwrap_or(None);
        }
    }

    /// Waits for a job to print; `None` when the worker is to stop.
    ///
    /// `claimed` is what [`print`](Self::print) returned for the job before.
    pub fn next_job(&self, mut claimed: Option<Claim>) -> Option<Claim> {
        while !self.is_stopping() {
            claimed = claimed.or_else(|| self.claim());
            if claimed.is_some() {
                return claimed;
            }
        }
        if let Some(claim) = claimed {
            self.tell(&claim, |claim| {
                self.queue.hand_back(claim, "the server stopped")
            });
        }
        None
    }

    /// Prints one job and tells the queue how it ended. Finishing a job and
    /// claiming the next is one step: that next one is returned.
    ///
    /// `run` is a loop over `next_job` and `print`; a server that watches
    /// over panics by itself has such a loop of its own.
    pub fn print(&self, claim: Claim) -> Option<Claim> {
        let (outcome, progress) = self.deliver(&claim);
        self.settle(claim, outcome, &progress)
    }
    // ANCHOR_END: run

    /// Waits a moment for a job; a queue that fails is tried again.
    fn claim(&self) -> Option<Claim> {
        let WorkerSettings { name, lease, .. } = &self.settings;
        match self.queue.claim(name, *lease, CLAIM_WAIT) {
            Ok(claim) => claim,
            Err(error) => {
                self.log_error(&format!("the queue does not answer: {error}"));
                thread::sleep(CLAIM_WAIT);
                None
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Logs what the queue could not be told: the lease will run out, and the
    /// queue then knows by itself what to do.
    fn log_failure(&self, told: Result<(), job_queue::Error>) {
        if let Err(error) = told {
            self.log_error(&error.to_string());
        }
    }

    fn log_error(&self, error: &str) {
        let text = format!("{}: {error}", self.settings.name);
        (self.settings.log)(LogMessage::Error(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, PrintJob};
    use job_queue::{NewJob, State};
    use printer::Deadlines;
    use std::io::Write;
    use std::sync::mpsc;
    use virtual_c360::VirtualC360;

    /// The printer is ready, and the order to stop comes just before the
    /// first byte.
    #[test]
    fn a_job_that_is_stopped_before_its_first_byte_goes_back_to_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let tray = folder.path().join("tray");
        let c360 = VirtualC360::start(virtual_c360::Settings::new(tray))
            .expect("a printer");
        let file = folder.path().join("queue.db");
        let queue =
            job_queue::open(&format!("sqlite:{}", file.display()), "print")
                .expect("a queue");
        let spool = Spool::open(folder.path()).expect("a spool");
        let mut incoming = spool.receive().expect("a file");
        incoming.write_all(b"never to be sent").expect("written");
        let job = PrintJob {
            document: incoming.keep().expect("kept").hash().to_owned(),
            bytes: 16,
            format: Format::Raw,
            ..PrintJob::unknown()
        };
        let payload = serde_json::to_string(&job).expect("plain data");
        let id = queue.enqueue(NewJob::new(payload)).expect("queued").id;
        let address = format!("tcp://{}", c360.address());
        let worker = Worker {
            queue: queue.clone(),
            spool,
            printer: Printer::new(
                address.parse().expect("an address"),
                Deadlines::default(),
            ),
            settings: WorkerSettings {
                allow_raw: true,
                ..WorkerSettings::new("worker")
            },
            stop: Arc::new(AtomicBool::new(true)),
        };
        let lease = Duration::from_secs(60);
        let claim = queue.claim("worker", lease, Duration::ZERO);
        let claim = claim.expect("a queue").expect("a job");

        let (done, waiting) = mpsc::channel();
        thread::spawn(move || {
            let next = worker.print(claim);
            done.send(next.is_none()).expect("the test waits");
        });
        let patience = Duration::from_secs(30);
        let none = waiting.recv_timeout(patience).expect("it comes to an end");
        assert!(none);
        let job = queue.job(&id).expect("a queue").expect("the job");
        assert_eq!((job.state, job.attempts), (State::Waiting, 0));
        assert!(!job.no_return);
        assert!(c360.pages().is_empty());
    }
}
