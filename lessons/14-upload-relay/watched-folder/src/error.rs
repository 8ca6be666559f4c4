//! Why a folder cannot be watched.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a folder cannot be watched.
#[derive(Debug, Error)]
pub enum WatchError {
    /// The folder is not there, or the server may not write in it.
    #[error(
        "cannot use the watched folder {}: {source}. It must be there, and the \
         server must be allowed to write in it",
        folder.display()
    )]
    Unusable {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server takes the files out of it.
    #[error(
        "another print server watches the folder {} already: give each a \
         folder of its own",
        .0.display()
    )]
    Taken(PathBuf),
    /// Others could exchange what the server has checked.
    #[error(
        "others can write in the watched folder {folder} and could exchange \
         what is not theirs: let it belong to the server's user, and set the \
         sticky bit with `chmod +t {folder}`",
        folder = .0.display()
    )]
    Open(PathBuf),
    /// Somebody else has made the server's own folder.
    #[error(
        "the folder {} belongs to somebody else: remove it, and the server \
         makes its own",
        .0.display()
    )]
    Foreign(PathBuf),
    /// The system does not tell what happens in it.
    #[error("cannot watch the folder {}: {source}", folder.display())]
    Unwatchable {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: notify::Error,
    },
    /// It was there, and is not any more.
    #[error("the watched folder {} is gone", .0.display())]
    Gone(PathBuf),
}
