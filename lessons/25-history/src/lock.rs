//! The right to write a history: one monitor at a time.

use std::fs;
use std::path::{Path, PathBuf};

use daemon::LockError;

use crate::error::{Error, Result};

/// The lock's file, beside the database.
const FILE: &str = "history.lock";

/// SQLite needs 32 KiB for the index of its write-ahead log before it can
/// read anything. While nobody has the database open, a file of this many
/// bytes holds room for it, so that a monitor starts on a full disk as well.
const ROOM: usize = 64 << 10;
const ROOM_FILE: &str = "history.room";

/// The right to write a data folder's history, until it is dropped.
pub(crate) struct Lock {
    room: PathBuf,
    _lock: daemon::Lock,
}

impl Lock {
    /// Takes the right, and makes room for SQLite.
    pub fn take(data: &Path) -> Result<Lock> {
        let lock = daemon::Lock::take(&data.join(FILE));
        let lock = lock.map_err(|error| match error {
            LockError::Busy { holder, .. } => {
                Error::Busy { folder: data.to_owned(), holder }
            }
            LockError::Unusable { path, source } => {
                Error::Unusable { path, detail: source.to_string() }
            }
        })?;
        let room = data.join(ROOM_FILE);
        // At the first start there is none.
        let _ = fs::remove_file(&room);
        Ok(Lock { room, _lock: lock })
    }

    /// Holds room for the next start. A disk that is full is no reason to
    /// stop.
    pub fn reserve(&self) {
        let _ = fs::write(&self.room, vec![0; ROOM]);
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What SQLite had is free by now.
        self.reserve();
    }
}
