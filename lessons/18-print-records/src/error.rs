//! What can go wrong with the records, in words for a person.

/// The result of an operation on the records.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the records could not be kept or read, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ledger's file cannot be used, is damaged, or its disk is full.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The queue did not tell what became of its jobs.
    #[error("the records wait for the queue: {0}")]
    Queue(#[from] job_queue::Error),
    /// There can be no turns.
    #[error(
        "the file for the turns of those who ask for pages cannot be made: {0}"
    )]
    Turns(#[source] std::io::Error),
    /// Not a moment.
    #[error(
        "{0:?} is no time: say a day, such as 2026-11-28, or milliseconds \
         since 1970"
    )]
    Time(String),
}
