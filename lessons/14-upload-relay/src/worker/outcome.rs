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
    /// The document is with the intake of this address, and cannot be had now,
    /// or not by this worker.
    Elsewhere { intake: String, why: String },
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
            Outcome::Printed if progress.is_at_printer => {
                Info(format!("{job} waits in the printer for its PIN"))
            }
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
            Outcome::Elsewhere { why, .. } => {
                Warning(format!("{job} waits: {why}"))
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
        let is_known = match &outcome {
            Outcome::Elsewhere { intake, why } => {
                !self.settings.intakes.is_news(intake, why)
            }
            _ => false,
        };
        if let Some(message) = outcome.log_message(&claim, progress)
            && !is_known
        {
            (self.settings.log)(message);
        }
        match outcome {
            Outcome::Printed => {
                let next = self.tell(&claim, |claim| {
                    queue.complete_and_claim(claim, &note, name, lease)
                });
                return next.flatten();
            }
            Outcome::NotBegun(error) => {
                let reason = error.to_string();
                self.log_failure(queue.pause(&reason, lease));
                self.tell(&claim, |claim| queue.hand_back(claim, &reason));
                self.wait_for_printer(&error);
            }
            Outcome::Failed(reason) => {
                self.tell(&claim, |claim| {
                    // Less than the verdict: it can do without.
                    let _ = queue.progress(&claim, &note);
                    queue.bury(claim, &reason)
                });
            }
            Outcome::Retry(reason) => {
                self.tell(&claim, |claim| queue.retry(claim, &reason));
            }
            Outcome::Elsewhere { intake, why } => {
                let pause = self.settings.intakes.pause(&intake);
                self.tell(&claim, |claim| queue.postpone(claim, &why, pause));
            }
            Outcome::UnableToWork(reason) => {
                self.log_error(&reason);
                // The end of the pause brings the next try.
                self.log_failure(queue.pause(&reason, lease));
                self.tell(&claim, |claim| queue.hand_back(claim, &reason));
            }
            Outcome::Cancelled => {
                self.tell(&claim, |claim| queue.settle_cancelled(claim, &note));
            }
            Outcome::Uncertain(reason) => {
                // Before the job is let go: its successor would be sent to
                // the same printer, and be the next that nobody knows of.
                let halt = halt_reason(&claim, &reason);
                self.tell(&claim, |claim| {
                    // Another worker may have the printer by now, and print.
                    queue.renew(&claim, lease)?;
                    queue.halt(&halt)
                });
                self.tell(&claim, |claim| {
                    let _ = queue.progress(&claim, &note);
                    queue.uncertain(claim, &reason)
                });
            }
            Outcome::Stopped => {
                let reason = "the server stopped";
                self.tell(&claim, |claim| queue.hand_back(claim, reason));
            }
            Outcome::LeaseLost => {}
        }
        None
    }
}

/// Why the queue stands still after a job that nobody knows the end of.
fn halt_reason(claim: &Claim, reason: &str) -> String {
    let job = claim.job.id;
    format!(
        "job {job} is uncertain ({reason}): look at the printer, then resume \
         the queue"
    )
}
