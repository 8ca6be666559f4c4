//! The gate on the way to the printer: the first byte passes only when the
//! queue has it in writing that from now on the job may be on paper.

use std::io::{self, Write};

use job_queue::Claim;
use printer::Session;

use super::Worker;
use super::outcome::Outcome;
use super::shared_job::SharedJob;
use crate::{Phase, PrintJob};

/// A session with the printer behind a gate.
pub(super) struct Gate<'a> {
    pub worker: &'a Worker,
    pub claim: &'a Claim,
    pub job: &'a SharedJob,
    pub session: Session,
    pub open: bool,
}

impl Gate<'_> {
    // ANCHOR: gate
    fn open(&mut self) -> io::Result<()> {
        let mut job = self.job.lock();
        if self.worker.is_stopping() {
            job.stop(Outcome::Stopped);
        }
        if job.stopped_by.is_some() {
            // Not `Interrupted`: that is what `write_all` tries again.
            return Err(io::Error::other("the job is not wanted any more"));
        }
        job.progress.phase = Phase::Sending;
        let note = job.progress.to_note();
        let queue = &self.worker.queue;
        if let Err(error) = queue.point_of_no_return(self.claim, &note) {
            job.progress.phase = Phase::Rendering;
            job.stop(match error {
                job_queue::Error::Cancelled(_) => Outcome::Cancelled,
                job_queue::Error::LeaseLost(_) => Outcome::LeaseLost,
                other => Outcome::Retry(other.to_string()),
            });
            return Err(io::Error::other("the queue says no"));
        }
        self.open = true;
        Ok(())
    }
    // ANCHOR_END: gate

    /// The outcome when the document, not the printer, was the trouble.
    pub fn document_failed(
        self,
        reason: &str,
        job: &PrintJob,
        retry: bool,
    ) -> Outcome {
        if self.open {
            // The printer is to forget the rest: what is out is known.
            self.session.abort();
            let printed = self.job.lock().progress.printed;
            let sides = job.sides();
            return Outcome::Failed(format!(
                "{reason}; {printed} of {sides} pages were printed before"
            ));
        }
        if retry {
            Outcome::Retry(reason.to_owned())
        } else {
            Outcome::Failed(reason.to_owned())
        }
    }
}

impl Write for Gate<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if !self.open {
            self.open()?;
        }
        self.session.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.session.flush()
    }
}
