//! What can go wrong with a database file, in words for a person.

use std::path::PathBuf;

/// The result of an operation on a database file.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a database could not be opened, read or written, and what to do then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file, and it was not to be made.
    #[error("there is no {}: has the program run here before?", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be used as it should be.
    #[error("{} cannot be used: {detail}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        detail: String,
    },
    /// The disk has no room.
    #[error(
        "the disk of {} is full ({detail}). Nothing that was kept is lost: \
         make room and try again",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// The file is not as it was written.
    #[error("{} is damaged ({detail}). {recovery}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
        /// The way out: [`Schema::recovery`](crate::Schema::recovery).
        recovery: &'static str,
    },
    /// A newer version of the program has written the file.
    #[error(
        "{} was written by a newer version of this program (the file has \
         version {found}, this program knows up to {known}): install the \
         newer program again, or {elsewhere}",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: usize,
        /// The newest version that the program knows.
        known: usize,
        /// [`Schema::elsewhere`](crate::Schema::elsewhere).
        elsewhere: &'static str,
    },
    /// The file is the database of another program.
    #[error("{} is not {content}: {elsewhere}", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// [`Schema::content`](crate::Schema::content).
        content: &'static str,
        /// [`Schema::elsewhere`](crate::Schema::elsewhere).
        elsewhere: &'static str,
    },
    /// Other connections have kept the file locked for too long.
    #[error(
        "{} is locked: another program has been writing to it for half a \
         minute. Find it (on Linux: fuser {}), end it and try again",
        path.display(),
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that SQLite says.
    #[error("{}: {detail}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
}
