//! The database file of the history: its schema, and the mark by which a
//! crash is noticed.

use std::path::{Path, PathBuf};

use database::{Database, Identity, Schema};
use rusqlite::Connection;

use crate::error::{Error, RawError, RawResult, Result};
use crate::lock::Lock;
use crate::records;

const NAME: &str = "history.db";

const SCHEMA: Schema = Schema {
    content: "a history of a network monitor",
    application_id: i32::from_be_bytes(*b"NetM"),
    steps: &[
        |sql| sql.execute_batch(include_str!("schema.sql")),
        // Rows of summaries have another layout: see pack.rs. Those that are
        // there are read as they are, and grow old. To pack gigabytes again
        // would keep the monitor from starting for minutes. The new version
        // keeps older programs from taking new rows for damaged ones.
        |_| Ok(()),
    ],
    elsewhere: "name another folder with --data",
    recovery: "Bring it back from a backup, or start a new one beside it: \
               `network-monitor set-aside` renames the damaged file and \
               deletes nothing",
};

/// A key in the table `state`, there from the first change until the file is
/// closed.
const IN_USE: &str = "in use";

/// The file of a data folder.
#[derive(Debug, Clone)]
pub(crate) struct File {
    database: Database,
}

impl File {
    pub fn in_folder(data: &Path) -> File {
        File { database: Database::new(data.join(NAME), SCHEMA) }
    }

    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Opens or makes the file. After a crash it is examined as a whole.
    /// Nothing is written to a file that exists: a full disk is no reason not
    /// to start.
    pub fn open(&self) -> Result<Connection> {
        let sql = self.database.open()?;
        let mark = self.explain(records::state(&sql, IN_USE))?;
        if mark.is_some() {
            self.database.check(&sql)?;
        }
        Ok(sql)
    }

    /// Opens the file without changing it.
    pub fn open_to_read(&self) -> Result<Connection> {
        Ok(self.database.open_to_read()?)
    }

    /// Remembers which file was opened: it may be removed meanwhile.
    pub fn identity(&self) -> Identity {
        self.database.identity()
    }

    /// Takes the mark away: nobody writes the file any more.
    pub fn close(&self, sql: &Connection) -> Result<()> {
        let done = sql.execute("DELETE FROM state WHERE key = ?1", [IN_USE]);
        self.explain(done.map(drop).map_err(RawError::from))
    }

    /// Names the file in an error.
    pub fn explain<T>(&self, done: RawResult<T>) -> Result<T> {
        done.map_err(|error| match error {
            RawError::Known(error) => error,
            RawError::Sql(error) => self.database.explain(error).into(),
            RawError::Unreadable { series, start } => {
                let detail = format!(
                    "the samples of series {series} from {start} on cannot \
                     be read"
                );
                self.database.damaged(detail).into()
            }
        })
    }
}

/// Marks the file: a program writes it.
pub(crate) fn mark(sql: &Connection) -> RawResult<()> {
    records::set_state(sql, IN_USE, "")
}

/// Whether one row is damaged, and the others may still be read.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Database(database::Error::Damaged { .. }))
}

/// Renames a data folder's history, so that the next start makes a new one,
/// and returns its new name. Nothing of it is deleted: `sqlite3 FILE
/// .recover` gets back what can be read.
///
/// # Errors
/// When a monitor has it open, when there is none, or it cannot be renamed.
pub fn set_aside(data: &Path) -> Result<PathBuf> {
    let _lock = Lock::take(data)?;
    Ok(File::in_folder(data).database.set_aside()?)
}
