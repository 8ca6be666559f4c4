//! The admission: whether a job that is fine in itself may be queued, as that
//! of somebody who has pages left.

use job_queue::Enqueued;

use crate::{PrintJob, Refusal};

/// Decides which jobs are queued. The intake knows no persons and no quotas:
/// the program around it does.
pub trait Admission: Send + Sync {
    /// Calls `enqueue`, unless the job is to be refused. Who decides by what is
    /// queued already lets no other job of the same person come between.
    ///
    /// # Errors
    /// Why the job is not queued, or what `enqueue` says.
    fn admit(
        &self,
        job: &PrintJob,
        enqueue: &dyn Fn() -> Result<Enqueued, Refusal>,
    ) -> Result<Enqueued, Refusal>;
}
