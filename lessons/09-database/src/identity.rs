//! Whether an open file is still the one that its path leads to.
//!
//! A file that is removed while a program has it open goes on to exist for
//! that program alone: all that is written to it is gone when the program
//! ends.

use std::{
    fs, io,
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::{Database, Result};

/// An open database, remembered by what its paths led to.
#[derive(Debug)]
pub struct Identity {
    database: Database,
    file: Option<FileId>,
    /// The log comes with the first change.
    log: Mutex<Option<FileId>>,
}

/// What stays the same while a file exists: its device and its number there.
/// Where a file that is open cannot be removed, only that it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl Database {
    /// Remembers which file this is now. Call it right after opening.
    pub fn identity(&self) -> Identity {
        Identity {
            database: self.clone(),
            file: id_of(self.path()).ok(),
            log: Mutex::new(id_of(&self.beside("-wal")).ok()),
        }
    }
}

impl Identity {
    /// Makes sure that what is written to the open file will be found again.
    ///
    /// # Errors
    /// [`Error::Damaged`](crate::Error::Damaged) when the file or its log was
    /// removed or replaced since.
    pub fn check(&self) -> Result<()> {
        let log_now = id_of(&self.database.beside("-wal")).ok();
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same_log = match *log {
            None => {
                *log = log_now;
                true
            }
            Some(before) => log_now == Some(before),
        };
        if self.file == id_of(self.database.path()).ok() && is_same_log {
            return Ok(());
        }
        Err(self.database.damaged(
            "it, or its log, was removed or replaced while the program had it \
             open: what is written now would be lost. Stop the program first",
        ))
    }
}

#[cfg(unix)]
fn id_of(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    let data = fs::metadata(path)?;
    Ok(FileId(data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn id_of(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(|_| FileId(0, 0))
}
