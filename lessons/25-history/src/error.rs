//! What can go wrong with the history, in words for a person.

use std::path::PathBuf;

/// The result of an operation on the history.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the history was not opened, written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another monitor writes this history; two must not.
    #[error(
        "the folder {} is in use by another monitor{}: stop that one, or \
         name another folder with --data",
        folder.display(),
        holder.as_ref().map(|it| format!(" ({it})")).unwrap_or_default()
    )]
    Busy {
        /// The data folder.
        folder: PathBuf,
        /// The other monitor, such as `process 123`, if it is known.
        holder: Option<String>,
    },
    /// The data folder cannot be used.
    #[error("{} cannot be used: {detail}", path.display())]
    Unusable {
        /// The folder, or a file in it.
        path: PathBuf,
        /// Why not.
        detail: String,
    },
    /// The disk has no room.
    #[error(
        "the disk of {} is full: what was measured just now is not kept. \
         Make room; the history goes on by itself",
        path.display()
    )]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The database file is missing, damaged, newer, or somebody else's, or
    /// SQLite says something that has no name here.
    #[error(transparent)]
    Database(database::Error),
    /// It was opened with [`open_to_read`](crate::History::open_to_read).
    #[error(
        "{} was opened to be read only: the monitor that runs writes it",
        .0.display()
    )]
    OpenedToRead(PathBuf),
    /// The thread that writes has panicked.
    #[error(
        "the thread that writes {} has ended: the log says why. Start the \
         monitor again",
        .0.display()
    )]
    WriterEnded(PathBuf),
    /// The question has no answer.
    #[error("{0}")]
    Query(String),
}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Error {
        match error {
            // A monitor goes on by itself: nobody has to try again.
            database::Error::Full { path, .. } => Error::Full { path },
            error => Error::Database(error),
        }
    }
}

/// The result of an operation that does not know the file's name.
pub(crate) type RawResult<T> = std::result::Result<T, RawError>;

/// An error that does not name the file yet: `File::explain` makes an
/// [`Error`] of it.
#[derive(Debug)]
pub(crate) enum RawError {
    Known(Error),
    Sql(rusqlite::Error),
    /// A row of packed samples or summaries is not what was written.
    Unreadable {
        series: i64,
        /// Where the row begins, in Unix milliseconds.
        start: i64,
    },
}

impl From<Error> for RawError {
    fn from(error: Error) -> RawError {
        RawError::Known(error)
    }
}

impl From<rusqlite::Error> for RawError {
    fn from(error: rusqlite::Error) -> RawError {
        RawError::Sql(error)
    }
}
