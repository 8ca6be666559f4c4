//! One monitor writes one history.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{Error, Result};

/// The file beside the database. It is locked, not merely there: the lock of
/// a killed process is gone with it.
const FILE: &str = "history.lock";

/// The right to write a data folder's history, until it is dropped.
pub(super) struct Lock {
    _file: File,
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
        // Only for people: a disk that is full is no reason to stop.
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = writeln!(file, "{}", std::process::id());
        Ok(Lock { _file: file })
    }
}
