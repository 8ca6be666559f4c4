//! What can go wrong, in words for a person.

use std::io;
use std::path::{Path, PathBuf};

use daemon::LockError;

/// The result of what this crate does.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a probe or its monitor could not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another probe has the folder.
    #[error("{0}: give each probe a folder of its own with --data")]
    Lock(#[from] LockError),
    /// The queue on the probe's disk cannot be used.
    #[error(transparent)]
    Queue(#[from] job_queue::Error),
    /// The monitor's history cannot be used.
    #[error(transparent)]
    History(#[from] history::Error),
    /// A batch is not what a probe has written.
    #[error("a batch cannot be read: {0}. Something else wrote to this queue")]
    Batch(#[from] serde_json::Error),
    /// One sample alone is more than a batch may be.
    #[error("a sample is too large to be kept: give its target a shorter name")]
    SampleTooLarge,
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The address is none.
    #[error(
        "{0:?} is no address of a monitor: write it as \
         https://monitor.example.org:8800"
    )]
    Address(String),
    /// The key would be read by whoever is on the way.
    #[error(
        "{0:?} is plain HTTP, in which everybody on the way can read the key: \
         write https://"
    )]
    Plain(String),
    /// The certificates to trust cannot be read.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The client for HTTP cannot be made.
    #[error("cannot make requests: {0}")]
    Http(String),
}

impl Error {
    pub(crate) fn at(path: &Path, source: io::Error) -> Error {
        Error::File { path: path.to_owned(), source }
    }
}
