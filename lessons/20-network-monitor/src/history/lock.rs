//! One monitor writes one history.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{Error, Result};

/// The file beside the database. It is locked, not merely there: the lock of
/// a killed process is gone with it.
const FILE: &str = "history.lock";

/// SQLite needs some room of its own before it even reads a file with a
/// write-ahead log: 32 KiB for its index. While nobody has the file open, that
/// much is held here, so that a monitor starts on a full disk as well.
const ROOM: usize = 64 << 10;

/// The right to write a data folder's history, until it is dropped.
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the right, and says in the file who has it.
    pub fn take(data: &Path) -> Result<Lock> {
        let path = data.join(FILE);
        let unusable = |error: std::io::Error| Error::Unusable {
            path: path.clone(),
            words: error.to_string(),
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // Not on every system can a locked file be read.
                let mut text = String::new();
                let read = (&mut file).take(20).read_to_string(&mut text);
                return Err(Error::Busy {
                    folder: data.to_owned(),
                    process: read.ok().and(text.trim().parse().ok()),
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let mut lock = Lock { file };
        lock.write("");
        Ok(lock)
    }

    /// Holds room for the next start.
    pub fn reserve(&mut self) {
        self.write(&" ".repeat(ROOM));
    }

    /// Says whose it is, which is only for people, and takes as much room. A
    /// disk that is full is no reason to stop.
    fn write(&mut self, room: &str) {
        let _ = self.file.set_len(0);
        let _ = self.file.rewind();
        let _ = writeln!(self.file, "{}{room}", std::process::id());
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What SQLite had is free by now.
        self.reserve();
    }
}
