//! A job: before it is queued, in the queue, and in a worker's hands.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The largest payload a queue takes, in bytes. A queue carries orders, not
/// documents: those belong in a spool, named by the payload.
pub const LARGEST_PAYLOAD: usize = 64 * 1024;

/// A job that is not in a queue yet.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What to do: opaque to the queue, at most [`LARGEST_PAYLOAD`] bytes.
    pub payload: String,
    /// The number that was reserved for it
    /// ([`Queue::reserve`](crate::Queue::reserve)), if one was.
    pub id: Option<JobId>,
    /// Idempotency key, remembered for 24 hours: a second job with this key
    /// is the first one again.
    pub key: Option<String>,
    /// A higher priority goes first; within one, first in is first out.
    pub priority: Priority,
    /// How long the job stays out of the line before it takes a place there.
    pub delay: Duration,
    /// True: the job waits for [`Queue::release`](crate::Queue::release).
    pub held: bool,
    /// How many times the job may be tried before it is a dead letter.
    pub max_attempts: u32,
    /// The pause before the second attempt. It doubles for each further one,
    /// up to five minutes, and a random part spreads the crowd.
    pub first_retry: Duration,
    /// The outbox that keeps the job's [`Milestone`]s until somebody has
    /// taken them over; without one they are kept nowhere.
    pub outbox: Option<String>,
}

impl NewJob {
    /// A job of normal priority, due now, with five attempts, the second
    /// about a second after the first.
    pub fn new(payload: impl Into<String>) -> Self {
        Self {
            payload: payload.into(),
            id: None,
            key: None,
            priority: Priority::Normal,
            delay: Duration::ZERO,
            held: false,
            max_attempts: 5,
            first_retry: Duration::from_secs(1),
            outbox: None,
        }
    }

    /// Gives the job the number that was reserved for it.
    pub fn reserved(mut self, id: JobId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the idempotency key.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the priority.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Keeps the job out of the line for `delay`.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Holds the job until it is released.
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// Sets how many times the job may be tried; at least once.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the pause before the second attempt.
    pub fn first_retry(mut self, pause: Duration) -> Self {
        self.first_retry = pause;
        self
    }

    /// Names the outbox that keeps the job's milestones.
    pub fn outbox(mut self, name: impl Into<String>) -> Self {
        self.outbox = Some(name.into());
        self
    }

    /// Refuses what no engine can keep.
    pub(crate) fn check(&self) -> Result<()> {
        match self.payload.len() {
            0..=LARGEST_PAYLOAD => Ok(()),
            bytes => Err(Error::PayloadTooLarge { bytes }),
        }
    }
}

/// What became of an enqueue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enqueued {
    /// The job's name in this queue.
    pub id: JobId,
    /// False: this key was seen before, and `id` is the first job's.
    pub fresh: bool,
}

/// A job's number: grows with each job of the queue, never used twice.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Writes an enum whose variants are kept and shown as lower-case words.
macro_rules! lower_case_enum {
    ($(#[$about:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// The lower-case word under which engines keep it.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The one that is kept as `word`.
            #[allow(dead_code, reason = "a priority is kept as a number")]
            pub(crate) fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

lower_case_enum! {
    /// Where a job is in its life.
    State {
        /// In the line, or delayed until it is due.
        Waiting = "waiting",
        /// Waits for a person to release it.
        Held = "held",
        /// A worker holds it under a lease.
        Running = "running",
        /// Finished well.
        Done = "done",
        /// A dead letter: out of attempts, or buried; its reason is kept.
        Dead = "dead",
        /// Somebody called it off.
        Cancelled = "cancelled",
        /// The worker was lost after the point of no return: nobody knows
        /// whether the work was done, and a person has to look.
        Uncertain = "uncertain",
    }
}

lower_case_enum! {
    /// Which job goes first.
    Priority {
        /// Before all others.
        High = "high",
        /// The usual.
        Normal = "normal",
        /// When nothing else is to do.
        Low = "low",
    }
}

impl Priority {
    /// The number under which engines keep it: 0 goes first.
    pub(crate) fn rank(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_rank(rank: u8) -> Option<Self> {
        [Self::High, Self::Normal, Self::Low].get(usize::from(rank)).copied()
    }
}

/// A job as the queue knows it. As JSON: states are lower-case words, times
/// are unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Job {
    /// The job's number.
    pub id: JobId,
    /// Where it is in its life.
    pub state: State,
    /// The line that it stands in, or will: empty for the queue's own.
    pub lane: String,
    /// What to do.
    pub payload: String,
    /// Which job goes first.
    pub priority: Priority,
    /// How many times a worker has taken it, crashes included.
    pub attempts: u32,
    /// How many times it may be taken.
    pub max_attempts: u32,
    /// The pause before the second attempt, in milliseconds.
    pub first_retry: u64,
    /// Why it is not done: the last failure, until it is claimed again.
    pub reason: Option<String>,
    /// The worker's last note.
    pub progress: Option<String>,
    /// The worker that holds the job, or held it last.
    pub worker: Option<String>,
    /// True once the worker has passed its point of no return.
    pub no_return: bool,
    /// True once somebody asked the worker to stop.
    pub cancel_requested: bool,
    /// When it was queued, in unix milliseconds.
    pub queued_at: u64,
    /// When a worker last took it, in unix milliseconds, if one ever did.
    pub begun_at: Option<u64>,
    /// When it may be claimed, in unix milliseconds.
    pub due_at: u64,
    /// When anything about it last changed, in unix milliseconds.
    pub changed_at: u64,
}

/// A job in a worker's hands, until its lease is over.
///
/// It carries a fencing token: once the queue has given the job to another,
/// nothing that the old holder says about it counts.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The job as it was when it was claimed.
    pub job: Job,
    pub(crate) token: u64,
}

/// A job was queued, came to an end, or was sent again by a person.
///
/// It is written in the same transaction as the change that it tells of, into
/// the outbox that [`NewJob::outbox`] names, and stays there until
/// [`Queue::clear_outbox`](crate::Queue::clear_outbox): whoever keeps books
/// about jobs misses none, whatever is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Grows from one milestone of the queue to the next.
    pub number: u64,
    /// Which run of the job this tells of. Each claim begins a run, and a
    /// person who sends a job again ends one.
    pub run: u64,
    /// The job as it was then. Its `progress` is that of the run: `None` when
    /// the run ended before its point of no return.
    pub job: Job,
}

/// What a worker hears when it reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Go on.
    Continue,
    /// Somebody cancelled the job: stop, then
    /// [`Queue::settle_cancelled`](crate::Queue::settle_cancelled).
    Cancelled,
}

/// What became of a job that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It is tried again, not before this time.
    At(SystemTime),
    /// That was its last attempt: it is a dead letter now.
    Dead,
    /// Somebody had cancelled it, so it is not tried again.
    Cancelled,
}

/// Unix milliseconds, now.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// A duration in whole milliseconds, rounded up: a wake-up call a moment
/// early would find nothing to do.
pub(crate) fn millis(time: Duration) -> u64 {
    // Far below i64::MAX, so that sums of times cannot overflow anywhere.
    const LONGEST: u128 = 1 << 52;
    time.as_nanos().div_ceil(1_000_000).min(LONGEST) as u64
}

/// Unix milliseconds as a time.
pub(crate) fn time(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}
