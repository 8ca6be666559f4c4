//! What can go wrong with the history, for a person.

use std::path::PathBuf;

use thiserror::Error;

/// Why the history was not opened, written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// Two monitors must not write one history.
    #[error(
        "the folder {} is in use by another monitor{}: stop that one, or \
         name another folder with --data",
        folder.display(),
        holder.as_ref().map(|it| format!(" ({it})")).unwrap_or_default()
    )]
    Busy {
        /// The data folder.
        folder: PathBuf,
        /// The other one, such as `process 123`, if it could be told.
        holder: Option<String>,
    },
    /// The folder or the file cannot be used.
    #[error("{} cannot be used: {words}", path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        words: String,
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
    /// The file is not as it was written.
    #[error(
        "{} is damaged ({words}). Bring it back from a backup, or start a \
         new one beside it: `network-monitor set-aside` renames the damaged \
         file and deletes nothing",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What SQLite found.
        words: String,
    },
    /// A later version of this program has written it.
    #[error(
        "{} was written by a newer network-monitor (its version of the file \
         is {found}, this program knows up to {known}): install the newer \
         program again, or name another folder with --data",
        path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// Some other program's file.
    #[error(
        "{} is no history of a network monitor: name another folder with \
         --data",
        path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to read.
    #[error(
        "there is no history in {}: has a monitor run with this --data?",
        folder.display()
    )]
    Missing {
        /// The data folder.
        folder: PathBuf,
    },
    /// It was opened with [`open_to_read`](super::History::open_to_read).
    #[error("{} was opened to be read only", .0.display())]
    OpenedToRead(PathBuf),
    /// The question has no answer.
    #[error("{0}")]
    Query(String),
    /// Anything else that SQLite says.
    #[error("{}: {words}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What it says.
        words: String,
    },
}
