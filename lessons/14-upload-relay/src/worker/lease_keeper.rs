//! The lease keeper: a thread that keeps a job ours while another prints it.

use std::time::Duration;

use crossbeam_channel::{Receiver, after, never, select, tick};
use job_queue::{Claim, Signal};

use super::Worker;
use super::outcome::Outcome;
use super::shared_job::{Note, SharedJob};
use crate::Phase;

/// How long a note waits for others, so that the queue gets one write for all.
const GATHERING: Duration = Duration::from_millis(20);
/// How often the keeper looks whether somebody wants the job to end.
const LOOK: Duration = Duration::from_millis(250);

// ANCHOR: keep
impl Worker {
    /// Renews the lease, writes into the queue how far the job is, and stops
    /// the printing when the queue says so. Returns when nobody is left who
    /// could send a note: the job is over.
    pub(super) fn keep_lease(
        &self,
        claim: &Claim,
        notes: &Receiver<Note>,
        job: &SharedJob,
    ) {
        let lease = self.settings.lease;
        let (renewals, looks) = (tick(lease / 3), tick(LOOK));
        let (mut write, mut gathering) = (never(), false);
        loop {
            let answer = select! {
                recv(notes) -> note => {
                    let Ok(note) = note else { return };
                    if job.lock().apply(note) && !gathering {
                        (write, gathering) = (after(GATHERING), true);
                    }
                    continue;
                }
                recv(write) -> _ => {
                    (write, gathering) = (never(), false);
                    let note = job.lock().progress.to_note();
                    self.queue.progress(claim, &note)
                }
                recv(renewals) -> _ => self.queue.renew(claim, lease),
                recv(looks) -> _ => {
                    self.look(claim, job);
                    continue;
                }
            };
            match answer {
                Ok(Signal::Continue) => {}
                Ok(Signal::Cancelled) => job.lock().stop(Outcome::Cancelled),
                Err(job_queue::Error::LeaseLost(_)) => {
                    job.lock().stop(Outcome::LeaseLost);
                }
                // The queue may be back before the lease is over.
                Err(error) => self.log_failure(Err(error)),
            }
        }
    }
}
// ANCHOR_END: keep

impl Worker {
    /// Ends the job when somebody cancelled it, or when the server stops and
    /// nothing was sent. A page can take minutes, and neither waits for it.
    fn look(&self, claim: &Claim, job: &SharedJob) {
        let mut state = job.lock();
        if self.is_stopping() && state.progress.phase == Phase::Rendering {
            state.stop(Outcome::Stopped);
        }
        drop(state);
        // An error is one of the renewal, too, which says so.
        if let Ok(Some(queued)) = self.queue.job(&claim.job.id)
            && queued.cancel_requested
        {
            job.lock().stop(Outcome::Cancelled);
        }
    }
}
