//! A job queue that loses nothing: one trait, two engines.
//!
//! A program puts a [`NewJob`] in; a worker takes a [`Claim`] out, does the
//! work and says how it went. A claim is a *lease*: a worker that dies stops
//! renewing it, and the job goes to another. The queue never looks inside a
//! job's payload.
//!
//! ```
//! use job_queue::{NewJob, open};
//! use std::time::Duration;
//!
//! # fn main() -> job_queue::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let file = folder.path().join("queue.db");
//! let queue = open(&format!("sqlite:{}", file.display()), "printer")?;
//! queue.enqueue(NewJob::new("report.pdf"))?;
//!
//! let (lease, wait) = (Duration::from_secs(30), Duration::from_secs(1));
//! let claim = queue.claim("worker 1", lease, wait)?.expect("a job is due");
//! assert_eq!(claim.job.payload, "report.pdf");
//! queue.complete(claim, "printed")?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Queue`]: what can be done with a queue
//! - [`NewJob`], [`Job`], [`Claim`]: a job before, in and out of the queue
//! - [`Milestone`]: what an outbox keeps for whoever keeps books about jobs
//! - [`open`], [`open_with`]: the engine that a URL names, SQLite or Redis
//!   Streams
//! - [`RedisAccess`]: what a Redis asks for beside its URL
//! - [`set_aside`]: the way out when SQLite's file is damaged
//! - [`Error`]: what can go wrong, and what to do then

mod backoff;
mod error;
mod job;
mod queue;
mod redis_engine;
mod sqlite;

pub use error::{Error, Result};
pub use job::{
    Claim, Enqueued, Job, JobId, LARGEST_PAYLOAD, Milestone, NewJob, Priority,
    Retry, Signal, State,
};
pub use queue::Queue;
pub use redis_engine::RedisAccess;
pub use sqlite::set_aside;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Opens the queue `name` on the engine that `url` names.
///
/// - `sqlite:/path/queue.db`: a file, made when it is missing, with helpers
///   beside it (`-wal`, `-shm`, `-bell`). Several processes of one machine
///   may open it, but not over a network folder.
/// - `redis://host:port/db`: Redis 6.2 or newer, for several machines;
///   `rediss://host:port/db` over TLS. Between `://` and the host may stand
///   `user:password@`.
///
/// One engine holds any number of queues. A name is 1 to 64 letters, digits,
/// `-`, `_` or `.`.
///
/// # Errors
///
/// Whatever keeps the engine from working is said here and now. An
/// unreachable Redis is an error: there is no fall-back to another engine.
pub fn open(url: &str, name: &str) -> Result<Arc<dyn Queue>> {
    open_with(url, name, &RedisAccess::default())
}

/// The same, with what a Redis asks for and what does not stand in the URL.
///
/// # Errors
///
/// As [`open`].
pub fn open_with(
    url: &str,
    name: &str,
    access: &RedisAccess,
) -> Result<Arc<dyn Queue>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Error::Name(name.to_owned()));
    }
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(Arc::new(sqlite::Sqlite::open(Path::new(path), name)?));
    }
    if url.starts_with("redis://") || url.starts_with("rediss://") {
        let redis = redis_engine::Redis::open(url, name, access)?;
        return Ok(Arc::new(redis));
    }
    Err(Error::Url(redis_engine::without_user(url)))
}

/// The end of a wait; a wait without end is cut to a year.
fn deadline(wait: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    Instant::now() + wait.min(YEAR)
}
