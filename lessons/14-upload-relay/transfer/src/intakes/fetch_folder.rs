//! The folder of fetched documents: each process has its own.
//!
//! A document that was fetched is removed with its job. A process that is
//! killed cannot do so: the next one does it, for a folder whose lock nobody
//! holds has no owner any more.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::{NamedTempFile, TempDir};

/// The file that says whether the owner of a folder lives, and the one that
/// lets only one process at a time look for such folders.
const LOCK: &str = "lock";

/// A folder that is removed with all that is in it when it is dropped.
pub(super) struct FetchFolder {
    folder: TempDir,
    /// Locked for as long as it is open.
    _lock: File,
}

impl FetchFolder {
    /// Makes one in `all`, where each process has one, and removes those whose
    /// process is dead.
    pub fn make(all: &Path) -> io::Result<FetchFolder> {
        fs::create_dir_all(all)?;
        let turn = lock_file(all)?;
        turn.lock()?;
        for entry in fs::read_dir(all)? {
            let path = entry?.path();
            if path.is_dir() && is_orphan(&path)? {
                fs::remove_dir_all(path)?;
            }
        }
        let folder = TempDir::new_in(all)?;
        let lock = lock_file(folder.path())?;
        lock.lock()?;
        Ok(FetchFolder { folder, _lock: lock })
    }

    /// A file for one document.
    pub fn file(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.folder.path())
    }
}

fn lock_file(folder: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    options.open(folder.join(LOCK))
}

fn is_orphan(folder: &Path) -> io::Result<bool> {
    match lock_file(folder)?.try_lock() {
        Ok(()) => Ok(true),
        Err(fs::TryLockError::WouldBlock) => Ok(false),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_behind_is_removed_and_nothing_else() {
        let all = tempfile::tempdir().expect("a folder");
        let alive = FetchFolder::make(all.path()).expect("a folder");
        let document = alive.file().expect("a file").into_temp_path();
        // A process that is killed keeps no lock, and its files stay.
        let dead = FetchFolder::make(all.path()).expect("a folder");
        let FetchFolder { folder, _lock } = dead;
        let left = folder.keep();
        fs::write(left.join("a document"), b"secret").expect("written");
        drop(_lock);

        let next = FetchFolder::make(all.path()).expect("a folder");
        assert!(!left.exists());
        assert!(document.exists());
        drop(next);
        drop(document);
        drop(alive);
        let rest = fs::read_dir(all.path()).expect("a folder").count();
        assert_eq!(rest, 1, "the lock alone");
    }
}
