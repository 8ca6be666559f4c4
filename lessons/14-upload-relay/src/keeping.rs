//! The keeping of documents: how long each lies in the spool, and how it goes.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use job_queue::{Job, Queue, State};
use thiserror::Error;

use crate::{PrintJob, Spool};

/// How long the queue remembers jobs that are printed or cancelled.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
/// How old a document is before it goes that no job of the queue names: its
/// upload may just be in hand.
const UNKNOWN: Duration = Duration::from_secs(3600);
/// The same for the document of a job that is over: it may come once more.
const KNOWN: Duration = Duration::from_secs(60);
/// The rest between two sweeps.
const REST: Duration = Duration::from_secs(60);
/// The longest.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// Keeps a spool in order: forgets the documents of jobs that are over, once
/// their time is. What went undone because the power was cut is done by the
/// first sweep of the next start.
#[derive(Clone)]
pub struct Keeping {
    /// The queue, whose jobs name documents.
    pub queue: Arc<dyn Queue>,
    /// The spool.
    pub spool: Spool,
    /// How long a document is kept after its job is printed or cancelled.
    pub documents: Duration,
}

/// Why a sweep failed.
#[derive(Debug, Error)]
pub enum SweepError {
    /// The queue does not say which documents it needs.
    #[error("cleaning the queue: {0}")]
    Queue(#[from] job_queue::Error),
    /// The spool's folder cannot be read or changed.
    #[error("cleaning the spool: {0}")]
    Spool(#[from] io::Error),
}

/// Until when the document of a job is kept, in milliseconds since 1970; `None`
/// for a job that is not over. One that failed or is uncertain needs it until a
/// person has decided.
#[must_use]
pub fn kept_until(job: &Job, keep: Duration) -> Option<u64> {
    let is_over = matches!(job.state, State::Done | State::Cancelled);
    let keep = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
    is_over.then(|| job.changed_at.saturating_add(keep))
}

impl Keeping {
    /// Forgets what is not needed any more, and returns after how long to call
    /// this again.
    ///
    /// # Errors
    /// [`SweepError`]. Whatever could not be forgotten now is next time.
    pub fn sweep(&self) -> Result<Duration, SweepError> {
        self.queue.forget_finished(MONTH.max(self.documents))?;
        let jobs = self.queue.jobs(usize::MAX)?;
        self.sweep_at(&jobs, now())
    }

    // ANCHOR: sweep
    fn sweep_at(&self, jobs: &[Job], now: u64) -> Result<Duration, SweepError> {
        // Several jobs may have one document: the last to need it counts.
        let mut needed: HashMap<String, u64> = HashMap::new();
        for job in jobs {
            let Ok(order) = serde_json::from_str::<PrintJob>(&job.payload)
            else {
                continue;
            };
            let until = kept_until(job, self.documents).unwrap_or(u64::MAX);
            let known = needed.entry(order.document).or_default();
            *known = until.max(*known);
        }
        self.spool.sweep(|document| match needed.get(document) {
            None => Some(UNKNOWN),
            Some(until) if *until <= now => Some(KNOWN),
            Some(_) => None,
        })?;
        let next = needed.values().filter(|until| **until > now).min();
        let next = next.map_or(u64::MAX, |until| until - now);
        Ok(Duration::from_millis(next).clamp(REST, LONGEST_REST))
    }
    // ANCHOR_END: sweep
}

/// Now, in milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |time| time.as_millis());
    u64::try_from(millis).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use job_queue::NewJob;
    use std::fs::{self, File};
    use std::io::Write;

    /// A queue and a spool in a folder, with two documents an hour old.
    fn keeping(folder: &std::path::Path) -> (Keeping, String, String) {
        let file = folder.join("queue.db");
        let queue =
            job_queue::open(&format!("sqlite:{}", file.display()), "print");
        let spool = Spool::open(&folder.join("spool")).expect("a spool");
        let keep = |text: &[u8]| {
            let mut incoming = spool.receive().expect("a file");
            incoming.write_all(text).expect("written");
            let kept = incoming.keep().expect("kept");
            let old = SystemTime::now() - Duration::from_secs(3000);
            File::options()
                .write(true)
                .open(spool.path(kept.hash()))
                .and_then(|file| file.set_modified(old))
                .expect("made old");
            kept.hash().to_owned()
        };
        let (one, two) = (keep(b"one"), keep(b"two"));
        let documents = Duration::from_secs(1000);
        let queue = queue.expect("a queue");
        (Keeping { queue, spool, documents }, one, two)
    }

    fn queue(keeping: &Keeping, document: &str) {
        let document = document.to_owned();
        let order = PrintJob { document, ..PrintJob::unknown() };
        let payload = serde_json::to_string(&order).expect("plain data");
        keeping.queue.enqueue(NewJob::new(payload)).expect("queued");
    }

    /// Ends the first job as printed, or buries it.
    fn end(keeping: &Keeping, well: bool) {
        let wait = Duration::from_secs(10);
        let claim = keeping.queue.claim("worker", wait, wait);
        let claim = claim.expect("a queue").expect("a job");
        let ended = match well {
            true => keeping.queue.complete(claim, ""),
            false => keeping.queue.bury(claim, "broken"),
        };
        ended.expect("ended");
    }

    #[test]
    fn a_document_goes_when_its_time_after_the_job_is_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keeping, one, two) = keeping(folder.path());
        queue(&keeping, &one);
        queue(&keeping, &two);
        end(&keeping, true);
        let jobs = keeping.queue.jobs(9).expect("jobs");
        let printed = jobs.iter().find(|job| job.state == State::Done);
        let ended = printed.expect("one is printed").changed_at;
        let is_there = |document: &str| keeping.spool.path(document).exists();

        let rest = keeping.sweep_at(&jobs, ended + 1).expect("swept");
        assert!(is_there(&one) && is_there(&two));
        assert_eq!(rest, Duration::from_millis(999_999));
        keeping.sweep_at(&jobs, ended + 1_000_000).expect("swept");
        // The other one still waits to be printed.
        assert!(!is_there(&one) && is_there(&two));
    }

    #[test]
    fn a_document_that_another_job_or_a_person_needs_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keeping, one, two) = keeping(folder.path());
        queue(&keeping, &one);
        queue(&keeping, &two);
        queue(&keeping, &one);
        end(&keeping, true);
        end(&keeping, false);
        let jobs = keeping.queue.jobs(9).expect("jobs");
        keeping.sweep_at(&jobs, u64::MAX - 1).expect("swept");
        assert!(keeping.spool.path(&one).exists(), "a job waits");
        assert!(keeping.spool.path(&two).exists(), "a dead letter waits");
    }

    #[test]
    fn what_has_just_come_stays_whatever_became_of_it_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keeping, one, two) = keeping(folder.path());
        queue(&keeping, &one);
        end(&keeping, true);
        keeping.spool.renew(&one).expect("renewed");
        let jobs = keeping.queue.jobs(9).expect("jobs");
        keeping.sweep_at(&jobs, u64::MAX - 1).expect("swept");
        // The second is of no job, and not an hour old.
        let documents = fs::read_dir(folder.path().join("spool/documents"));
        assert_eq!(documents.expect("a folder").count(), 2);
        assert!(keeping.spool.path(&two).exists());
    }
}
