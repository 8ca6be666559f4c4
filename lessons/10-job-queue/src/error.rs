//! What can go wrong with a queue, in words for a person.

use std::path::PathBuf;

use crate::{JobId, LARGEST_PAYLOAD, State};

/// The result of an operation on a queue.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a queue could not do as asked, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The worker no longer holds the job.
    #[error(
        "the lease on job {0} is lost: the queue took the job back, and \
         another worker may have it. Stop this work; renew leases sooner"
    )]
    LeaseLost(JobId),
    /// Somebody cancelled the job before its point of no return.
    #[error("job {0} was cancelled: stop, and settle it as cancelled")]
    Cancelled(JobId),
    /// An idempotency key came again with another payload.
    #[error(
        "the key {key:?} already belongs to job {id}, which asks for \
         something else: use a new key for a new job"
    )]
    KeyReused {
        /// The key.
        key: String,
        /// The job that had it first.
        id: JobId,
    },
    /// No such job, or not any more.
    #[error("there is no job {0} in this queue: was it finished long ago?")]
    NoSuchJob(JobId),
    /// The job's state does not allow this.
    #[error("job {id} is {state}: it is too late, or too early, to {what} it")]
    NotPossible {
        /// The job.
        id: JobId,
        /// Where it is in its life.
        state: State,
        /// What was asked for, as a verb.
        what: &'static str,
    },
    /// The payload is larger than [`LARGEST_PAYLOAD`].
    #[error(
        "a payload of {bytes} bytes is too large, {LARGEST_PAYLOAD} is the \
         most: put the document in a spool and queue its name"
    )]
    PayloadTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not a URL of any engine.
    #[error(
        "{0:?} names no queue: use sqlite:/path/queue.db, \
         redis://host:port/0, or rediss://host:port/0 over TLS"
    )]
    Url(String),
    /// Not a name for a queue.
    #[error(
        "{0:?} cannot name a queue: use 1 to 64 letters, digits, '-', '_' or \
         '.'"
    )]
    Name(String),
    /// The disk or the memory that holds the queue is full.
    #[error(
        "{place} is full ({detail}). Nothing was changed or lost: make room \
         and try again"
    )]
    Full {
        /// Where there is no room.
        place: String,
        /// The engine's own words.
        detail: String,
    },
    /// The queue's file is damaged, another program's, or fails otherwise.
    #[error(transparent)]
    Database(database::Error),
    /// The folder of the queue's file cannot be watched for changes.
    #[error(
        "{path} cannot be watched for changes: {source}. On Linux, see \
         fs.inotify.max_user_instances and max_user_watches"
    )]
    Watch {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        source: notify::Error,
    },
    /// Redis does not answer.
    #[error(
        "Redis at {url} does not answer: {detail}. Is it running, and may \
         this machine reach it? Try: redis-cli -u {url} ping"
    )]
    Unreachable {
        /// Where it should be, without a password.
        url: String,
        /// What happened.
        detail: String,
    },
    /// A Redis that cannot do what a queue needs.
    #[error("{url} will not do for a queue: {detail}")]
    Unfit {
        /// Where it is, without a password.
        url: String,
        /// What it lacks.
        detail: String,
    },
    /// A queue that was there is not there any more.
    #[error(
        "the queue in Redis at {url} is gone: somebody emptied that Redis, or \
         it was started again without its data. The jobs that waited are \
         lost. Start this program again, and it begins with an empty queue"
    )]
    Emptied {
        /// Where it was, without a password.
        url: String,
    },
    /// Redis refused a command.
    #[error("Redis at {url} refused: {detail}")]
    Redis {
        /// Where it is, without a password.
        url: String,
        /// Its words.
        detail: String,
    },
    /// The queue holds something that this program did not put there.
    #[error(
        "job {id} cannot be read: {detail}. Something else wrote to this queue"
    )]
    Foreign {
        /// The job.
        id: JobId,
        /// What is wrong.
        detail: String,
    },
}

impl Error {
    /// Whether the same call may succeed a moment later: the engine is in
    /// trouble, and has not said no.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Unreachable { .. } => true,
            Self::Unfit { .. } | Self::Redis { .. } => true,
            Self::Database(error) => {
                !matches!(error, database::Error::Damaged { .. })
            }
            _ => false,
        }
    }
}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        match error {
            // The same on both engines.
            database::Error::Full { path, detail } => {
                let place = format!("the disk of {}", path.display());
                Self::Full { place, detail }
            }
            error => Self::Database(error),
        }
    }
}
