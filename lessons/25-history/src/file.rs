//! The database file: opened, examined, set aside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Zoned;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, ffi};

use super::lock::Lock;
use super::{Error, Fault, Result, Step, kept};

const NAME: &str = "history.db";
/// Says in the file's header whose file it is: "NetM".
const APPLICATION_ID: i64 = 0x4e65_744d;
const VERSION: i64 = 1;
/// How long one connection waits for another one's transaction.
const PATIENCE: Duration = Duration::from_secs(10);
/// The write-ahead log is cut back to this after a large transaction.
const LOG_BYTES: i64 = 16 << 20;
/// Set in the table `state` from the first change until the file is closed.
const IN_USE: &str = "in use";

/// Where it is, for errors that name it.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
}

impl File {
    pub fn in_folder(data: &Path) -> File {
        File { path: data.join(NAME) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens or makes it, and makes sure that it is sound and ours.
    pub fn open_to_write(&self) -> Result<Connection> {
        self.explains(self.prepare())
    }

    fn prepare(&self) -> Step<Connection> {
        let mut sql = Connection::open(&self.path)?;
        sql.busy_timeout(PATIENCE)?;
        sql.set_prepared_statement_cache_capacity(64);
        let fresh = self.examine(&sql)?;
        // On macOS only this waits for the disk itself; no effect elsewhere.
        sql.pragma_update(None, "fullfsync", "ON")?;
        sql.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        let mode: String =
            sql.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(Fault::Ours(Error::Unusable {
                path: self.path.clone(),
                words: "no write-ahead log can be kept beside it: choose a \
                        folder on a disk of this machine"
                    .to_owned(),
            }));
        }
        if fresh {
            let change =
                sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute_batch(include_str!("schema.sql"))?;
            change.pragma_update(None, "application_id", APPLICATION_ID)?;
            change.pragma_update(None, "user_version", VERSION)?;
            change.commit()?;
        }
        // Only read: a full disk is no reason not to start.
        let crashed = kept::state(&sql, IN_USE)?.is_some();
        if crashed {
            let verdict: String =
                sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if verdict != "ok" {
                return Err(Fault::Ours(self.damaged(verdict)));
            }
        }
        Ok(sql)
    }

    /// Says that nobody writes it any more.
    pub fn close(&self, sql: Connection) -> Result<()> {
        let done = sql.execute("DELETE FROM state WHERE key = ?1", [IN_USE]);
        self.explains(done.map(drop).map_err(Fault::from))
    }

    /// Opens it without changing it.
    pub fn open_to_read(&self) -> Result<Connection> {
        if !self.path.exists() {
            let folder = self.path.parent().unwrap_or(&self.path).to_owned();
            return Err(Error::Missing { folder });
        }
        let opened = self.look_at(&self.path, OpenFlags::empty());
        let no_log = !with(&self.path, "-wal").exists();
        self.explains(match opened {
            // On a disk that cannot be written, not even readers can agree on
            // what they read. Without a log nobody can be writing.
            Err(Fault::Sql(error))
                if no_log
                    && error.sqlite_error_code()
                        == Some(ErrorCode::CannotOpen) =>
            {
                let name = self.path.display().to_string();
                let name = name
                    .replace('%', "%25")
                    .replace('?', "%3f")
                    .replace('#', "%23");
                let name = format!("file:{name}?immutable=1");
                self.look_at(name.as_ref(), OpenFlags::SQLITE_OPEN_URI)
            }
            opened => opened,
        })
    }

    fn look_at(&self, name: &Path, more: OpenFlags) -> Step<Connection> {
        let sql = Connection::open_with_flags(
            name,
            OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | more,
        )?;
        sql.busy_timeout(PATIENCE)?;
        self.examine(&sql)?;
        Ok(sql)
    }

    /// True for a fresh file, false for a history, an error for all others.
    fn examine(&self, sql: &Connection) -> Step<bool> {
        let ask = |question: &str| -> rusqlite::Result<i64> {
            sql.query_row(question, [], |row| row.get(0))
        };
        let path = self.path.clone();
        match (
            ask("PRAGMA application_id")?,
            ask("PRAGMA user_version")?,
            ask("SELECT count(*) FROM sqlite_schema")?,
        ) {
            (0, 0, 0) => Ok(true),
            (APPLICATION_ID, VERSION, _) => Ok(false),
            (APPLICATION_ID, found, _) if found > VERSION => {
                Err(Error::Newer { path, found, known: VERSION }.into())
            }
            _ => Err(Error::NotOurs { path }.into()),
        }
    }

    /// SQLite's errors in the words of [`Error`].
    pub fn explains<T>(&self, done: Step<T>) -> Result<T> {
        done.map_err(|fault| self.explain(fault))
    }

    fn explain(&self, fault: Fault) -> Error {
        let error = match fault {
            Fault::Ours(error) => return error,
            Fault::Sql(error) => error,
            Fault::Block { series, hour } => {
                return self.damaged(format!(
                    "the samples of series {series} from {hour} on cannot be \
                     read"
                ));
            }
        };
        let (path, words) = (self.path.clone(), error.to_string());
        let code = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Full { path },
            _ if code == Some(ffi::SQLITE_IOERR_SHMSIZE) => {
                Error::Full { path }
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                self.damaged(words)
            }
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied,
            ) => Error::Unusable { path, words },
            _ => Error::Sqlite { path, words },
        }
    }

    /// When what it holds is not what was put in.
    pub fn damaged(&self, words: String) -> Error {
        Error::Damaged { path: self.path.clone(), words }
    }
}

/// Says that a program writes it.
pub(super) fn mark(sql: &Connection) -> Step<()> {
    kept::put_state(sql, IN_USE, "")
}

/// Renames a data folder's history, so that the next start makes a new one,
/// and returns its new name. Nothing of it is deleted; `sqlite3 FILE
/// .recover` gets back what can be read.
///
/// # Errors
/// When a monitor has it open, when there is none, or it cannot be renamed.
pub fn set_aside(data: &Path) -> Result<PathBuf> {
    let _lock = Lock::take(data)?;
    let path = data.join(NAME);
    if !path.exists() {
        return Err(Error::Missing { folder: data.to_owned() });
    }
    let day = Zoned::now().strftime("%Y-%m-%d").to_string();
    let aside = (1..)
        .map(|copy| match copy {
            1 => data.join(format!("history-aside-{day}.db")),
            copy => data.join(format!("history-aside-{day}-{copy}.db")),
        })
        .find(|name| !name.exists())
        .expect("some number is free");
    // Its log belongs to it, and would harm a new one.
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (with(&path, end), with(&aside, end));
        if from.exists() {
            fs::rename(&from, to).map_err(|error| Error::Unusable {
                path: from,
                words: error.to_string(),
            })?;
        }
    }
    Ok(aside)
}

/// A file's name with an end.
fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
