//! The way out of a damaged file: set it aside and start anew.

use std::{fs, path::PathBuf};

use rusqlite::Connection;

use crate::{Database, Error, Result, database::with_ending};

impl Database {
    /// Renames the file together with its log, so that the next
    /// [`open`](Self::open) makes a new one, and returns its new name, such as
    /// `history-aside-2026-11-28.db`. Nothing is deleted: `sqlite3 FILE
    /// .recover` gets back what can be read.
    ///
    /// Nobody may have it open: this is the caller's to know.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], or it cannot be renamed.
    pub fn set_aside(&self) -> Result<PathBuf> {
        if !self.path().exists() && !self.beside("-wal").exists() {
            return Err(Error::Missing { path: self.path().to_owned() });
        }
        let day: String = Connection::open_in_memory()
            .and_then(|sql| {
                let today = "SELECT date('now', 'localtime')";
                sql.query_row(today, [], |row| row.get(0))
            })
            .map_err(|error| self.explain(error))?;
        let part = |part: Option<&std::ffi::OsStr>| {
            part.unwrap_or_default().to_string_lossy().into_owned()
        };
        let name = part(self.path().file_stem());
        let ending = match self.path().extension() {
            Some(ending) => format!(".{}", part(Some(ending))),
            None => String::new(),
        };
        let mut aside =
            self.path().with_file_name(format!("{name}-aside-{day}{ending}"));
        let mut copy = 2;
        while aside.exists() {
            let next = format!("{name}-aside-{day}-{copy}{ending}");
            aside.set_file_name(next);
            copy += 1;
        }
        // Its log belongs to it, and would harm a new file.
        for ending in ["-wal", "-shm", ""] {
            let from = self.beside(ending);
            if from.exists() {
                fs::rename(&from, with_ending(&aside, ending)).map_err(
                    |error| Error::Unusable {
                        path: from.clone(),
                        detail: error.to_string(),
                    },
                )?;
            }
        }
        Ok(aside)
    }
}
