//! Turns: one at a time looks at what is left of a quota and asks for pages of
//! it. Two at once would both find the last pages free.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The turns of all threads and processes that have opened the same file. It is
/// empty, and stays where it is: only its lock counts, which the system takes
/// from a process that ends.
#[derive(Debug)]
pub struct Turns(Mutex<File>);

/// A turn, until it is dropped.
#[derive(Debug)]
#[must_use = "the turn is over when this is dropped"]
pub struct Turn<'a>(MutexGuard<'a, File>);

impl Turns {
    /// Opens the file, and makes it if it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(path: &Path) -> io::Result<Turns> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        Ok(Turns(Mutex::new(options.open(path)?)))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// The file system knows no locks.
    pub fn take(&self) -> io::Result<Turn<'_>> {
        // The system's lock is the process's: its threads wait here.
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock()?;
        Ok(Turn(file))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // It was locked, so it can be unlocked.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    /// Two that have opened the file by themselves stand for two processes:
    /// the system tells them apart in the same way.
    #[test]
    fn a_turn_is_one_threads_and_one_processes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("turns");
        let both = [(); 2].map(|()| Turns::open(&path).expect("a file"));
        let is_taken = AtomicBool::new(false);
        thread::scope(|scope| {
            for turns in both.iter().cycle().take(8) {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let turn = turns.take().expect("a turn");
                        assert!(!is_taken.swap(true, Ordering::SeqCst));
                        thread::yield_now();
                        is_taken.store(false, Ordering::SeqCst);
                        drop(turn);
                    }
                });
            }
        });
    }
}
