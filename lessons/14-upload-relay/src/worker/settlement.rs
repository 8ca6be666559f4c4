//! The settlement: the queue is told how a job ended, until it has it.

use std::thread;
use std::time::{Duration, Instant};

use job_queue::{Claim, Error};

use super::Worker;

/// The rest before the queue is told again: nothing says when a Redis is back
/// or a disk has room.
const REST: Duration = Duration::from_millis(200);

// ANCHOR: tell
impl Worker {
    /// Tells the queue, again and again, until it has heard it or has refused
    /// it: paper that is out must not be forgotten because Redis was away for
    /// a second. The lease is renewed meanwhile, as far as that is possible.
    ///
    /// A worker that is to stop gives up once the lease is over. The queue
    /// then knows by itself what to do.
    pub(super) fn tell<T>(
        &self,
        claim: &Claim,
        mut say: impl FnMut(Claim) -> Result<T, Error>,
    ) -> Option<T> {
        let begun = Instant::now();
        let mut has_failed = false;
        loop {
            let error = match say(claim.clone()) {
                Ok(answer) => return Some(answer),
                Err(error) => error,
            };
            let too_late =
                self.is_stopping() && begun.elapsed() > self.settings.lease;
            if !error.is_temporary() || too_late {
                self.log_failure(Err(error));
                return None;
            }
            if !has_failed {
                has_failed = true;
                self.log_error(&format!(
                    "the queue cannot be told what became of job {}, and is \
                     told again until it can: {error}",
                    claim.job.id
                ));
            }
            thread::sleep(REST);
            // An error here is the same error once more.
            let _ = self.queue.renew(claim, self.settings.lease);
        }
    }
}
// ANCHOR_END: tell
