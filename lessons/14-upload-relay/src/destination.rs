//! The destination of a job: one of the printers behind an intake.

use std::sync::Arc;

use job_queue::Queue;

use crate::{Finisher, PrintJob, PrinterAccess, Refusal};

/// A printer that jobs can be sent to.
#[derive(Clone)]
pub struct Destination {
    /// The printer's name.
    pub name: String,
    /// The printer's lane of the queue.
    pub queue: Arc<dyn Queue>,
    /// What the printer's finisher can do: what it cannot is refused.
    pub finisher: Finisher,
    /// What it asks of a job before it prints.
    pub access: Arc<PrinterAccess>,
}

impl Destination {
    /// Refuses a job that cannot be printed here as it was ordered.
    ///
    /// # Errors
    /// [`Refusal::Field`], with what this printer lacks.
    pub fn check(&self, job: &PrintJob) -> Result<(), Refusal> {
        job.sheets.check(self.finisher)?;
        self.access.check(job)
    }
}
