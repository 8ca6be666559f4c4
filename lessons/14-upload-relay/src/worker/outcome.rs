//! The outcome of a job, and what the queue and the log are told of it.

use job_queue::Claim;

use super::{LogMessage, Worker};
use crate::Progress;

// ANCHOR: outcome
/// How the printing of one job ended.
pub(super) enum Outcome {
    /// Every page is out, as far as this printer tells.
    Printed,
    /// The printer was not ready; it has got nothing of the job.
    NotBegun(printer::Error),
    /// The job itself is at fault: trying again would not help.
    Failed(String),
    /// Something of ours went wrong before the first byte: try again.
    Retry(String),
    /// This machine cannot work on any job just now.
    UnableToWork(String),
    /// A person cancelled it.
    Cancelled,
    /// Bytes have gone, and nobody knows what became of them.
    Uncertain(String),
    /// The lease ran out: the job is not ours any more.
    LeaseLost,
    /// The server is stopping, and the printer has got nothing of the job.
    Stopped,
}
// ANCHOR_END: outcome

impl Outcome {
    fn log_message(
        &self,
        claim: &Claim,
        progress: &Progress,
    ) -> Option<LogMessage> {
        use LogMessage::{Info, Warning};
        let job = format!("job {}", claim.job.id);
        Some(match self {
            Outcome::Printed => {
                let s = if progress.printed == 1 { "" } else { "s" };
                let pages = progress.printed;
                let printed = format!("{job} is printed: {pages} page{s}");
                match progress.losses() {
                    losses if losses.is_empty() => Info(printed),
                    losses => {
                        let losses = losses.join("; ");
                        Warning(format!("{printed}, but not whole: {losses}"))
                    }
                }
            }
            Outcome::Cancelled => Info(format!("{job} is cancelled")),
            // The printer's own words, which name it.
            Outcome::NotBegun(error) => Warning(format!("{job}: {error}")),
            Outcome::Failed(why) => Warning(format!("{job} failed: {why}")),
            Outcome::Retry(why) => {
                let tries = claim.job.attempts;
                Warning(format!("{job} failed at try {tries}: {why}"))
            }
            Outcome::Uncertain(why) => {
                Warning(format!("{job} is uncertain: {why}"))
            }
            Outcome::LeaseLost => {
                Warning(format!("{job}: its lease ran out as it printed"))
            }
            // The first is logged as an error, the second is seen at the
            // next start.
            Outcome::UnableToWork(_) | Outcome::Stopped => return None,
        })
    }
}

impl Worker {
    /// Tells the queue and the log how a job ended. Returns the next job when
    /// it was claimed in the same step.
    pub(super) fn settle(
        &self,
        claim: Claim,
        outcome: Outcome,
        progress: &Progress,
    ) -> Option<Claim> {
        let name = &self.settings.name;
        let lease = self.settings.lease;
        let queue = &self.queue;
        let note = progress.to_note();
        if let Outcome::Failed(_) | Outcome::Uncertain(_) = outcome {
            self.log_failure(queue.progress(&claim, &note).map(drop));
        }
        if let Some(message) = outcome.log_message(&claim, progress) {
            (self.settings.log)(message);
        }
        let settled = match outcome {
            Outcome::Printed => {
                match queue.complete_and_claim(claim, &note, name, lease) {
                    Ok(next) => return next,
                    Err(error) => Err(error),
                }
            }
            Outcome::NotBegun(error) => {
                let reason = error.to_string();
                self.log_failure(queue.pause(&reason, lease));
                let settled = queue.hand_back(claim, &reason);
                self.wait_for_printer(&error);
                settled
            }
            Outcome::Failed(reason) => queue.bury(claim, &reason),
            Outcome::Retry(reason) => queue.retry(claim, &reason).map(drop),
            Outcome::UnableToWork(reason) => {
                self.log_error(&reason);
                // The end of the pause brings the next try.
                self.log_failure(queue.pause(&reason, lease));
                queue.hand_back(claim, &reason)
            }
            Outcome::Cancelled => queue.settle_cancelled(claim, &note),
            Outcome::Uncertain(reason) => queue.uncertain(claim, &reason),
            Outcome::Stopped => queue.hand_back(claim, "the server stopped"),
            Outcome::LeaseLost => Ok(()),
        };
        self.log_failure(settled);
        None
    }
}
