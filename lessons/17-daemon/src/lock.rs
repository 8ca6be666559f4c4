//! A lock on a folder, which a process holds until it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// How much is read of what the holder wrote, in bytes.
const MAX_NOTE: u64 = 300;

/// A locked file, until it is dropped. The lock is the operating system's, not
/// the existence of the file: a killed process leaves no lock behind.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    is_exclusive: bool,
}

/// Why there is no lock.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has the lock.
    #[error("{} is held by {}", path.display(), holder.as_deref()
        .unwrap_or("another process"))]
    Busy {
        /// The file.
        path: PathBuf,
        /// What the holder wrote into it. Some systems do not let a locked
        /// file be read.
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
    /// Locks the file for this process alone, and writes its number into it.
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
        // The note is for people only: it may fail, as on a full disk.
        let _ = write(&mut file, &format!("process {}", std::process::id()));
        Ok(Lock { _file: file, is_exclusive: true })
    }

    /// Whether it keeps every other process out.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.is_exclusive
    }

    /// Locks the file together with all processes of the same `purpose`, which
    /// is one line of text. A process with another purpose is refused, and its
    /// error quotes theirs.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn share(path: &Path, purpose: &str) -> Result<Lock, LockError> {
        // One at a time: the next process waits until the purpose is written.
        let turnstile = path.with_extension("door");
        let turn = open(&turnstile)?;
        turn.lock().map_err(unusable(&turnstile))?;
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
            Ok(same) if same == purpose => {
                Ok(Lock { _file: file, is_exclusive: false })
            }
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
    file.take(MAX_NOTE).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(refused: Result<Lock, LockError>) -> String {
        refused.expect_err("refused").to_string()
    }

    #[test]
    fn a_lock_is_for_one_until_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = Lock::take(&path).expect("free");
        let holder = format!("process {}", std::process::id());
        for refused in [Lock::take(&path), Lock::share(&path, "a printer")] {
            let message = message(refused);
            // Windows does not let a locked file be read.
            assert!(cfg!(windows) || message.contains(&holder), "{message}");
        }
        drop(lock);
        Lock::take(&path).expect("free again");
    }

    #[test]
    fn a_shared_lock_is_for_processes_of_one_purpose() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let first = Lock::share(&path, "printer 1").expect("free");
        let second = Lock::share(&path, "printer 1").expect("the same");
        drop(first);
        for refused in [Lock::take(&path), Lock::share(&path, "printer 2")] {
            let message = message(refused);
            assert!(message.contains("printer 1"), "{message}");
        }
        drop(second);
        Lock::share(&path, "printer 2").expect("nobody is left");
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_locked() {
        let message = message(Lock::take(Path::new("/no/such/folder/lock")));
        assert!(message.contains("/no/such/folder/lock"), "{message}");
    }
}
