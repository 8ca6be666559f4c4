//! A copy of a database that is in use.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, backup::Backup};

use crate::{Database, Result, database::with_ending};

/// All pages in one step: a step sees one moment, whatever is committed
/// meanwhile.
const ALL: i32 = i32::MAX;

impl Database {
    // ANCHOR: back-up
    /// Copies the file as it is at this moment to `copy`, while others go on
    /// writing. The copy is one file, checked, synced and for its owner only.
    /// It appears when it is whole, in place of an older one of that name.
    ///
    /// # Errors
    ///
    /// Those of [`open_to_read`](Self::open_to_read), of the copy's disk, and
    /// [`Error::Damaged`](crate::Error::Damaged) when the copy is not sound.
    pub fn back_up(&self, copy: &Path) -> Result<()> {
        let unfinished = with_ending(copy, ".part");
        let part = Database::new(&unfinished, *self.schema());
        let _ = fs::remove_file(&unfinished);
        make_empty(&unfinished)
            .map_err(|error| part.unusable(error.to_string()))?;

        let from = self.open_to_read()?;
        let mut to = Connection::open(&unfinished)
            .map_err(|error| part.explain(error))?;
        Backup::new(&from, &mut to)
            .and_then(|backup| {
                backup.run_to_completion(ALL, Duration::ZERO, None)
            })
            .map_err(|error| part.explain(error))?;

        // Without a log, the copy is one file that can be carried anywhere.
        let _: String = to
            .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
            .map_err(|error| part.explain(error))?;
        part.check(&to)?;
        drop(to);
        publish(&unfinished, copy)
            .map_err(|error| part.unusable(error.to_string()))
    }
    // ANCHOR_END: back-up
}

/// Makes a file for its owner only.
fn make_empty(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Gives a file its name once the disk has it, as lesson 08 does.
fn publish(unfinished: &Path, name: &Path) -> io::Result<()> {
    // Windows syncs only what is open to be written.
    File::options().write(true).open(unfinished)?.sync_all()?;
    fs::rename(unfinished, name)?;
    match name.parent() {
        Some(folder) if cfg!(unix) && folder != Path::new("") => {
            File::open(folder)?.sync_all()
        }
        _ => Ok(()),
    }
}
