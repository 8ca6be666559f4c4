//! What can be done with a queue, whatever its engine.

use std::{sync::Arc, time::Duration};

use crate::{
    Claim, Enqueued, Job, JobId, Milestone, NewJob, Result, Retry, Signal,
    State,
};

/// A queue of jobs, shared by threads, by processes and, with Redis, by
/// machines.
///
/// The promise is *at least once*: a job that was enqueued stays until a
/// worker has finished it, or a person has called it off. What a method
/// changed is durable when it returns. Any method can fail with the engine's
/// own troubles; the errors named below are the ones that belong to it.
///
/// The methods that take a [`Claim`] fail with
/// [`LeaseLost`](crate::Error::LeaseLost) once the queue has taken the job
/// back. A lease that is over is taken back when the next job is claimed, or
/// when somebody cancels or resends a job; until then its holder may finish.
/// Those that end a claim may be called again, with a clone of it, when a call
/// failed on the way: to say the same twice is fine.
///
/// # Lanes
///
/// A queue has a line of its own and, beside it, any number of lanes: one for
/// each printer, for example. [`lane`](Self::lane) gives the same queue for
/// another lane. Jobs are put into the lane of the handle and claimed from it,
/// and pauses and halts are the lane's; all else is about the queue as a whole.
pub trait Queue: Send + Sync {
    /// The same queue for the lane `name`, or for its own line if that is
    /// empty. A lane is there as soon as somebody names it.
    ///
    /// A lane with a name is served by one worker at a time, on whichever
    /// machine: while one holds a job of it, no other gets any. When that
    /// worker is lost, its lease runs out, and another takes over.
    fn lane(&self, name: &str) -> Arc<dyn Queue>;

    /// Puts a job in the queue. Concurrent callers share one write to disk.
    ///
    /// # Errors
    ///
    /// [`PayloadTooLarge`](crate::Error::PayloadTooLarge), and
    /// [`KeyReused`](crate::Error::KeyReused) for a key that came with
    /// another payload within 24 hours.
    fn enqueue(&self, job: NewJob) -> Result<Enqueued>;

    /// Puts all of these in the queue, or none, as one durable change.
    ///
    /// # Errors
    ///
    /// As [`enqueue`](Self::enqueue).
    fn enqueue_all(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>>;

    /// The job that this idempotency key made, if it came within 24 hours.
    fn enqueued(&self, key: &str) -> Result<Option<JobId>>;

    /// A number for a job that comes later ([`NewJob::reserved`]), and for no
    /// other. A power cut may take the reservation back.
    fn reserve(&self) -> Result<JobId>;

    /// Takes the first job that is due, for as long as `lease`. Blocks until
    /// there is one, or until `wait` is over (then `None`); it is woken, it
    /// does not poll. Jobs whose worker let the lease run out are due again.
    fn claim(
        &self,
        worker: &str,
        lease: Duration,
        wait: Duration,
    ) -> Result<Option<Claim>>;

    /// Makes the lease last at least `lease` from now. It is never shortened.
    fn renew(&self, claim: &Claim, lease: Duration) -> Result<Signal>;

    /// Keeps a note on how far the work has come; opaque to the queue.
    fn progress(&self, claim: &Claim, note: &str) -> Result<Signal>;

    /// Says that the next step cannot be undone: if the lease is lost from
    /// now on, the job becomes [`Uncertain`](State::Uncertain) instead of
    /// being given to another worker. `note` is kept as progress.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::Error::Cancelled): this was the last moment to
    /// stop, and somebody wants to.
    fn point_of_no_return(&self, claim: &Claim, note: &str) -> Result<()>;

    /// Finishes the job. `note` is kept as progress.
    fn complete(&self, claim: Claim, note: &str) -> Result<()>;

    /// Finishes this job and takes the next that is due, without waiting, in
    /// one transaction.
    fn complete_and_claim(
        &self,
        claim: Claim,
        note: &str,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Claim>>;

    /// The attempt failed: try again after a pause that doubles each time,
    /// with jitter, or bury the job if this was its last attempt.
    fn retry(&self, claim: Claim, reason: &str) -> Result<Retry>;

    /// Makes the job a dead letter at once: trying again is of no use.
    fn bury(&self, claim: Claim, reason: &str) -> Result<()>;

    /// Puts the job back in its old place without counting the attempt: the
    /// worker, or its printer, was not able to work.
    fn hand_back(&self, claim: Claim, reason: &str) -> Result<()>;

    /// The same, and keeps the job out of the line for `pause`: this worker
    /// cannot do it, and another one may.
    fn postpone(
        &self,
        claim: Claim,
        reason: &str,
        pause: Duration,
    ) -> Result<()>;

    /// Says that nobody knows whether the work was done. A person decides.
    fn uncertain(&self, claim: Claim, reason: &str) -> Result<()>;

    /// The worker has stopped because of [`Signal::Cancelled`].
    fn settle_cancelled(&self, claim: Claim, note: &str) -> Result<()>;

    /// Calls a job off: at once if nobody works on it, otherwise by asking
    /// its worker, and the job is `Running` until that worker settles it.
    /// Returns the state that the job is in now.
    ///
    /// # Errors
    ///
    /// [`NotPossible`](crate::Error::NotPossible) for a finished job,
    /// [`NoSuchJob`](crate::Error::NoSuchJob).
    fn cancel(&self, id: &JobId) -> Result<State>;

    /// Takes a job that waits out of the line, until it is released.
    ///
    /// # Errors
    ///
    /// [`NotPossible`](crate::Error::NotPossible) for a job that does not wait,
    /// [`NoSuchJob`](crate::Error::NoSuchJob).
    fn hold(&self, id: &JobId) -> Result<()>;

    /// Lets a held job take its place in the line.
    ///
    /// # Errors
    ///
    /// [`NotPossible`](crate::Error::NotPossible) for a job that is not held,
    /// [`NoSuchJob`](crate::Error::NoSuchJob).
    fn release(&self, id: &JobId) -> Result<()>;

    /// Moves a job to the end of another lane. If it waits for its next
    /// attempt, it is due there at once; if it is held, or if only a person
    /// can send it again, it stays so. A job of that lane keeps its place.
    ///
    /// # Errors
    ///
    /// [`NotPossible`](crate::Error::NotPossible) for a job that is done or in
    /// a worker's hands, [`NoSuchJob`](crate::Error::NoSuchJob).
    fn move_to(&self, id: &JobId, lane: &str) -> Result<()>;

    /// Puts a dead, uncertain or cancelled job at the end of the line, with
    /// all its attempts before it. Its reason stays until it is claimed.
    ///
    /// # Errors
    ///
    /// [`NotPossible`](crate::Error::NotPossible) for a job in another state,
    /// [`NoSuchJob`](crate::Error::NoSuchJob).
    fn resend(&self, id: &JobId) -> Result<()>;

    /// The same, and keeps `note` as the job's progress: what the person knows
    /// of the run that is over, for the worker of the next one.
    ///
    /// # Errors
    ///
    /// As [`resend`](Self::resend).
    fn resend_noting(&self, id: &JobId, note: &str) -> Result<()>;

    /// A person has looked: an uncertain job is done. `note` is kept as
    /// progress.
    ///
    /// # Errors
    ///
    /// [`NotPossible`](crate::Error::NotPossible) for a job that is not
    /// uncertain, [`NoSuchJob`](crate::Error::NoSuchJob).
    fn confirm(&self, id: &JobId, note: &str) -> Result<()>;

    /// Stops all claiming in this lane for `time`, or until the pause is
    /// ended. It is a lease: whoever pauses calls again to renew, and a pauser
    /// that died blocks nobody for longer. Jobs in workers' hands go on.
    fn pause(&self, reason: &str, time: Duration) -> Result<()>;

    /// Ends a pause and wakes blocked claims at once, unless the lane is
    /// halted.
    fn end_pause(&self) -> Result<()>;

    /// Stops all claiming in this lane until a person calls
    /// [`resume`](Self::resume), whatever is started anew meanwhile. Jobs in
    /// workers' hands go on.
    fn halt(&self, reason: &str) -> Result<()>;

    /// Ends a halt and a pause, and wakes blocked claims at once.
    fn resume(&self) -> Result<()>;

    /// Why this lane is halted or paused, if it is.
    fn paused(&self) -> Result<Option<String>>;

    /// Declares the workers dead whose names begin with `names`: their leases
    /// are over, and every pause of every lane. A pauser that lives renews its
    /// own.
    fn declare_dead(&self, names: &str) -> Result<()>;

    /// Whether the queue takes changes: makes one that nobody sees.
    fn check(&self) -> Result<()>;

    /// One job.
    fn job(&self, id: &JobId) -> Result<Option<Job>>;

    /// The newest jobs, newest first.
    fn jobs(&self, limit: usize) -> Result<Vec<Job>>;

    /// All jobs that have not come to an end, newest first: they wait, are
    /// held or are in workers' hands.
    fn pending(&self) -> Result<Vec<Job>>;

    /// A number that grows with every change that a reader could see.
    fn version(&self) -> Result<u64>;

    /// Blocks until [`version`](Self::version) is not `seen`, or until
    /// `wait` is over, and returns it. Changes of other processes count.
    fn wait_for_change(&self, seen: u64, wait: Duration) -> Result<u64>;

    /// The first milestones in this outbox, at most `limit`, oldest first.
    /// They stay in it.
    fn outbox(&self, name: &str, limit: usize) -> Result<Vec<Milestone>>;

    /// Takes all milestones up to this number out of the outbox: they are
    /// safe elsewhere. What a power cut undoes of it comes once more.
    fn clear_outbox(&self, name: &str, up_to: u64) -> Result<()>;

    /// Forgets done and cancelled jobs that have been so for longer than
    /// this; returns how many. Dead and uncertain jobs wait for a person, and
    /// jobs with a milestone in an outbox for whoever empties it.
    fn forget_finished(&self, older_than: Duration) -> Result<u64>;

    /// What tells this queue from another one that is kept at the same place
    /// later, after somebody has emptied it. `None` where nobody can.
    fn identity(&self) -> Option<&str> {
        None
    }

    /// Which engine this is, where, and what to know about it.
    fn describe(&self) -> String;

    /// What an administrator should change about the engine as it is now, a
    /// sentence each.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}
