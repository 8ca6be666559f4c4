//! A printed job once more, while its document is kept.

use std::sync::Arc;

use job_queue::{Enqueued, Job, JobId, State};
use thiserror::Error;

use crate::keeping::now;
use crate::{Accepted, Intake, PrintJob, Refusal, Sender, kept_until};

/// Why a job is not printed once more.
#[derive(Debug, Error)]
pub enum ReprintError {
    /// Its paper is not out.
    #[error(
        "job {0} is not printed yet: only a job that is can be printed once more"
    )]
    NotPrinted(JobId),
    /// Its document is kept no longer, or never was here.
    #[error("the document of job {0} is kept here no longer: send it again")]
    Gone(JobId),
    /// The payload is no print job.
    #[error("job {0} cannot be printed once more: {1}")]
    Broken(JobId, String),
    /// It is a new job, and is refused like one.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Intake {
    // ANCHOR: reprint
    /// Queues a printed job once more, with the options that it had, as a new
    /// job of `sender`. One that waited for a PIN waits for it again. `key` is
    /// the client's Idempotency-Key. Waits for the disk.
    ///
    /// # Errors
    /// See [`ReprintError`].
    pub fn reprint(
        &self,
        job: &Job,
        sender: Sender,
        key: Option<String>,
    ) -> Result<Accepted, ReprintError> {
        if job.state != State::Done {
            return Err(ReprintError::NotPrinted(job.id));
        }
        let mut order = PrintJob::from_payload(&job.payload)
            .map_err(|why| ReprintError::Broken(job.id, why))?;
        let until = kept_until(job, self.limits.keep_documents);
        let in_time = until.is_some_and(|until| now() < until);
        // A young document is not swept away before its job is queued.
        if !in_time || self.spool.renew(&order.document).is_err() {
            return Err(ReprintError::Gone(job.id));
        }
        let printer = Some(job.lane.as_str()).filter(|name| !name.is_empty());
        let destination = self.destination(printer, &sender)?;
        order.user = sender.user.unwrap_or_default();
        let host = sender.host.map(|host| host.to_string());
        order.host = host.unwrap_or_default();
        // Its document is in this spool, wherever the first one was taken in.
        let address = self.address.as_ref();
        order.intake =
            address.map(|it| it.as_str().to_owned()).unwrap_or_default();
        destination.check(&order)?;
        destination.name.clone_into(&mut order.printer);
        let held = order.pin.is_some();
        let line = Arc::clone(&destination.queue);
        let Enqueued { id, fresh } =
            self.enqueue(&*line, &order, held, None, key)?;
        Ok(Accepted { id, fresh, held, job: order })
    }
    // ANCHOR_END: reprint
}
