//! The right to a folder, which a process has until it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The longest that a holder says of itself, in bytes.
const LONGEST: u64 = 300;

/// A locked file, until it is dropped. It is locked, not merely there: the
/// lock of a killed process is gone with it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error("{} is held by {}", path.display(), holder.as_deref()
        .unwrap_or("another process"))]
    Busy {
        /// The file.
        path: PathBuf,
        /// What the holder has written into it. Not on every system can a
        /// locked file be read.
        holder: Option<String>,
    },
    /// The file cannot be made or locked.
    #[error("cannot lock {}: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Lock {
    /// Locks the file for this process alone; its number stands in the file.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn take(path: &Path) -> Result<Lock, LockError> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(path, &mut file)),
            Err(TryLockError::Error(e)) => return Err(unusable(path)(e)),
        }
        // Only for people: a disk that is full is no reason to stop.
        let _ = write(&mut file, &format!("process {}", std::process::id()));
        Ok(Lock { _file: file })
    }

    /// Locks the file together with others that have the same `purpose`, one
    /// line of text. Who comes with another one is refused, and hears of
    /// theirs.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn share(path: &Path, purpose: &str) -> Result<Lock, LockError> {
        // Who comes next waits until the purpose is in the file.
        let door = path.with_extension("door");
        let first = open(&door)?;
        first.lock().map_err(unusable(&door))?;
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {
                write(&mut file, purpose).map_err(unusable(path))?;
                file.unlock().map_err(unusable(path))?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(e)) => return Err(unusable(path)(e)),
        }
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(path, &mut file)),
            Err(TryLockError::Error(e)) => return Err(unusable(path)(e)),
        }
        match read(&mut file) {
            Ok(same) if same == purpose => Ok(Lock { _file: file }),
            Ok(_) => Err(busy(path, &mut file)),
            Err(error) => Err(unusable(path)(error)),
        }
    }
}

fn open(path: &Path) -> Result<File, LockError> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(unusable(path))
}

fn unusable(path: &Path) -> impl Fn(io::Error) -> LockError + '_ {
    |source| LockError::Unusable { path: path.to_owned(), source }
}

fn busy(path: &Path, file: &mut File) -> LockError {
    let holder = read(file).ok().filter(|holder| !holder.is_empty());
    LockError::Busy { path: path.to_owned(), holder }
}

fn write(file: &mut File, line: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{line}")
}

fn read(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(refused: Result<Lock, LockError>) -> String {
        refused.expect_err("refused").to_string()
    }

    #[test]
    fn a_lock_is_for_one_until_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = Lock::take(&path).expect("free");
        let holder = format!("process {}", std::process::id());
        for refused in [Lock::take(&path), Lock::share(&path, "a printer")] {
            let words = words(refused);
            // Windows does not let a locked file be read.
            assert!(cfg!(windows) || words.contains(&holder), "{words}");
        }
        drop(lock);
        Lock::take(&path).expect("free again");
    }

    #[test]
    fn a_shared_lock_is_for_those_of_one_purpose() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let first = Lock::share(&path, "printer 1").expect("free");
        let second = Lock::share(&path, "printer 1").expect("the same");
        drop(first);
        for refused in [Lock::take(&path), Lock::share(&path, "printer 2")] {
            let words = words(refused);
            assert!(words.contains("printer 1"), "{words}");
        }
        drop(second);
        Lock::share(&path, "printer 2").expect("nobody is left");
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_locked() {
        let words = words(Lock::take(Path::new("/no/such/folder/lock")));
        assert!(words.contains("/no/such/folder/lock"), "{words}");
    }
}
