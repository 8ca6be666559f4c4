//! Jobs that were created and have no document yet.
//!
//! They are kept in memory only: the queue behind the printer takes a job with
//! its document. What such a job came to without one stays here for a while,
//! so that its client can ask.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::printer_attributes::OPERATION_TIME_OUT;
use crate::{Job, JobState, Refusal, Status, Ticket};

/// The most jobs that wait for their document at once.
const MOST_OPEN: usize = 200;
/// The most of them that come from one address.
const MOST_OPEN_OF_ONE: usize = 50;
/// The most jobs that are remembered.
const MOST_KEPT: usize = 500;
/// How long a job waits for its document.
const PATIENCE: Duration = Duration::from_secs(OPERATION_TIME_OUT as u64);

/// The created jobs of a printer.
#[derive(Default)]
pub(crate) struct CreatedJobs(Mutex<BTreeMap<u32, Created>>);

/// A job without its document.
struct Created {
    job: Job,
    /// When its client was last heard of.
    heard: Instant,
    /// True while its document comes in; its client is not slow then.
    receiving: bool,
    /// Becomes true when the job is called off.
    cancelled: watch::Sender<bool>,
}

/// A job whose document comes in now.
pub(crate) struct Receiving {
    pub ticket: Ticket,
    /// Becomes true when the job is called off.
    pub cancelled: watch::Receiver<bool>,
}

impl CreatedJobs {
    /// Keeps a new job.
    ///
    /// # Errors
    /// When too many wait already, of all or of its sender.
    pub(crate) fn add(&self, job: Job) -> Result<(), Refusal> {
        let mut jobs = self.jobs();
        let open = jobs.values().filter(|one| !one.job.state.is_ended());
        let hosts: Vec<_> = open.map(|one| one.job.ticket.host).collect();
        let host = job.ticket.host;
        let of_one = hosts.iter().filter(|one| **one == host).count();
        if hosts.len() >= MOST_OPEN || of_one >= MOST_OPEN_OF_ONE {
            return Err(Refusal::new(
                Status::TooManyJobs,
                "too many jobs wait for their documents: try again in a minute",
            ));
        }
        while jobs.len() >= MOST_KEPT {
            let ended = jobs.iter().find(|(_, one)| one.job.state.is_ended());
            let Some((&id, _)) = ended else { break };
            jobs.remove(&id);
        }
        let created = Created {
            heard: Instant::now(),
            receiving: false,
            cancelled: watch::Sender::new(false),
            job,
        };
        jobs.insert(created.job.id, created);
        Ok(())
    }

    /// The job of this number, if it is here.
    pub(crate) fn get(&self, id: u32) -> Option<Job> {
        self.jobs().get(&id).map(|created| created.job.clone())
    }

    /// All of them, the newest first.
    pub(crate) fn all(&self) -> Vec<Job> {
        self.jobs().values().rev().map(|one| one.job.clone()).collect()
    }

    /// Notes that the document of a job comes in; `None` when there is no such
    /// job here.
    ///
    /// # Errors
    /// When it does not wait for one.
    pub(crate) fn receive(
        &self,
        id: u32,
    ) -> Option<Result<Receiving, Refusal>> {
        let mut jobs = self.jobs();
        let created = jobs.get_mut(&id)?;
        if created.job.state.is_ended() || created.receiving {
            return Some(Err(Refusal::new(
                Status::NotPossible,
                format!("job {id} waits for no document: it has ended"),
            )));
        }
        created.receiving = true;
        created.job.reasons = vec!["job-incoming"];
        Some(Ok(Receiving {
            ticket: created.job.ticket.clone(),
            cancelled: created.cancelled.subscribe(),
        }))
    }

    /// The job is in the queue now, which knows more of it.
    pub(crate) fn is_queued(&self, id: u32) {
        self.jobs().remove(&id);
    }

    /// The job goes on to wait: nothing of a document was taken.
    pub(crate) fn wait_on(&self, id: u32) {
        if let Some(created) = self.jobs().get_mut(&id) {
            created.receiving = false;
            created.heard = Instant::now();
            created.job.reasons = vec!["job-data-insufficient"];
        }
    }

    /// The job ends without having been printed.
    pub(crate) fn end(
        &self,
        id: u32,
        state: JobState,
        reason: &'static str,
        message: &str,
        now: u64,
    ) {
        if let Some(created) = self.jobs().get_mut(&id)
            && !created.job.state.is_ended()
        {
            created.end(state, reason, message, now);
        }
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<u32, Created>> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for created in jobs.values_mut() {
            let waits = !created.job.state.is_ended() && !created.receiving;
            if waits && created.heard.elapsed() > PATIENCE {
                let late =
                    created.job.asked_at + u64::from(OPERATION_TIME_OUT) * 1000;
                created.end(
                    JobState::Aborted,
                    "aborted-by-system",
                    "its document did not come in time",
                    late,
                );
            }
        }
        jobs
    }
}

impl Created {
    fn end(
        &mut self,
        state: JobState,
        reason: &'static str,
        message: &str,
        now: u64,
    ) {
        self.job.state = state;
        self.job.reasons = vec![reason];
        message.clone_into(&mut self.job.message);
        self.job.ended_at = Some(now);
        self.cancelled.send_replace(true);
    }
}
