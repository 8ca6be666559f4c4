//! A database file: opened, examined, and its errors explained.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, ffi};
use tempfile::NamedTempFile;

use crate::{Error, Result, Schema};

/// How long a connection waits for those who write, in this process or
/// another one.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits before it asks again where SQLite cannot wait itself.
const RETRY: Duration = Duration::from_millis(5);
/// The write-ahead log is cut back to this many bytes after it was larger.
const LOG_BYTES: i64 = 16 << 20;
/// Statements that a connection keeps ready to run again.
const STATEMENTS: usize = 64;

/// A database file: where it is, and what it must look like. Cheap to clone;
/// open as many connections as you need.
#[derive(Debug, Clone)]
pub struct Database {
    path: PathBuf,
    schema: Schema,
}

impl Database {
    /// Names the file; nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>, schema: Schema) -> Self {
        Self { path: path.into(), schema }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Opens the file to read and write it, makes it if it is missing, and
    /// brings it forward if it is of an older version.
    ///
    /// A new file, and the log that SQLite keeps beside it, can be read by its
    /// owner only. Its folder must exist. It appears when it is whole, so that
    /// an empty file is always one that has lost what it had.
    ///
    /// # Errors
    ///
    /// All but [`Error::Missing`].
    pub fn open(&self) -> Result<Connection> {
        self.make()?;
        self.check_log()?;
        // SQLite does not wait by itself while another process changes the
        // file to the write-ahead log, and tells of no event when it is done.
        let until = Instant::now() + PATIENCE;
        loop {
            match self.try_to_open() {
                Err(Error::Locked { .. }) if Instant::now() < until => {
                    thread::sleep(RETRY);
                }
                opened => return opened,
            }
        }
    }

    fn try_to_open(&self) -> Result<Connection> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut sql = self.connect(&self.path, flags)?;
        // Refused before anything about it is changed.
        self.version(&sql)?;
        let mode = set_up(&sql).map_err(|error| self.explain(error))?;
        if mode != "wal" {
            return Err(self.unusable(
                "no write-ahead log can be kept beside it: name a file on a \
                 disk of this machine",
            ));
        }
        self.bring_forward(&mut sql)?;
        Ok(sql)
    }

    /// Opens the file without changing it, also while another process writes
    /// to it, and also on a disk that cannot be written.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], and all that [`open`](Self::open) refuses. An empty
    /// file is opened; an older version is not brought forward:
    /// [`version`](Self::version) tells.
    pub fn open_to_read(&self) -> Result<Connection> {
        if !self.path.exists() {
            return Err(Error::Missing { path: self.path.clone() });
        }
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match self.connect_to_read(&self.path, flags) {
            // On a disk that cannot be written, readers have no place to agree
            // on what they read. Without a log, nobody can be writing.
            Err(Error::Unusable { .. }) if !self.beside("-wal").exists() => {
                let name = self.path.display().to_string();
                let name = name
                    .replace('%', "%25")
                    .replace('?', "%3f")
                    .replace('#', "%23");
                let name = format!("file:{name}?immutable=1");
                self.connect_to_read(
                    name.as_ref(),
                    flags | OpenFlags::SQLITE_OPEN_URI,
                )
            }
            opened => opened,
        }
    }

    fn connect_to_read(
        &self,
        name: &Path,
        flags: OpenFlags,
    ) -> Result<Connection> {
        let sql = self.connect(name, flags)?;
        self.version(&sql)?;
        Ok(sql)
    }

    fn connect(&self, name: &Path, flags: OpenFlags) -> Result<Connection> {
        Connection::open_with_flags(name, flags)
            .and_then(|sql| {
                sql.busy_timeout(PATIENCE)?;
                sql.set_prepared_statement_cache_capacity(STATEMENTS);
                // Plans that hold for any value. Otherwise SQLite plans a
                // statement anew for each value that may fit another index.
                let stable = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
                sql.set_db_config(stable, true)?;
                Ok(sql)
            })
            .map_err(|error| self.explain(error))
    }

    /// Makes the file, if it is missing, for its owner only. SQLite gives its
    /// log the same rights.
    ///
    /// It is filled under another name and then renamed, so that a crash on
    /// the way leaves nothing that looks like a file without its content.
    fn make(&self) -> Result<()> {
        if self.path == Path::new(":memory:") {
            return Err(self.unusable(
                "a database in memory is gone with its program: name a file",
            ));
        }
        // The log first: another process may be making both just now.
        let log = fs::metadata(self.beside("-wal"));
        match fs::metadata(&self.path) {
            Ok(file) if file.len() == 0 => {
                return Err(self.damaged("it has lost all it had: 0 bytes"));
            }
            Ok(_) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(self.unusable(error.to_string()));
            }
            Err(_) => {}
        }
        if log.is_ok_and(|log| log.len() > 0) {
            return Err(self.damaged(format!(
                "it is not there, and its log, {}, is",
                self.beside("-wal").display()
            )));
        }
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                self.unusable("its folder does not exist: make it")
            }
            io::ErrorKind::StorageFull => Error::Full {
                path: self.path.clone(),
                detail: error.to_string(),
            },
            _ => self.unusable(error.to_string()),
        };
        // Its own handle is closed at once: to close one later would take
        // away the locks that SQLite holds on the same file.
        let file = NamedTempFile::new_in(folder).map_err(failed)?;
        let file = file.into_temp_path();
        self.fill(&file)?;
        // Windows syncs only what is open to be written.
        fs::File::options()
            .write(true)
            .open(&file)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        match file.persist_noclobber(&self.path) {
            Ok(_) => {}
            // Another process was quicker.
            Err(error)
                if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error.error)),
        }
        #[cfg(unix)]
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(())
    }

    /// Takes all steps on an empty file that has no name yet.
    fn fill(&self, file: &Path) -> Result<()> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut sql = self.connect(file, flags)?;
        // What fails here is thrown away: no journal has to undo it.
        sql.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))
            .map_err(|error| self.explain(error))?;
        self.bring_forward(&mut sql)
    }

    /// Reads the whole file and looks whether its parts fit together. What it
    /// cannot find is a value that was changed into another one: SQLite keeps
    /// no checksums.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn check(&self, sql: &Connection) -> Result<()> {
        let verdict = sql.query_row("PRAGMA quick_check(1)", [], |row| {
            row.get::<_, String>(0)
        });
        match verdict {
            Ok(verdict) if verdict == "ok" => Ok(()),
            Ok(verdict) => {
                // Below a headline, a line a finding.
                let finding = verdict.lines().last().unwrap_or_default();
                Err(self.damaged(finding))
            }
            Err(error) => Err(self.explain(error)),
        }
    }

    /// The error for content that is not what was put in.
    pub fn damaged(&self, detail: impl Into<String>) -> Error {
        let (path, detail) = (self.path.clone(), detail.into());
        Error::Damaged { path, detail, recovery: self.schema.recovery }
    }

    pub(crate) fn unusable(&self, detail: impl Into<String>) -> Error {
        Error::Unusable { path: self.path.clone(), detail: detail.into() }
    }

    // ANCHOR: explain
    /// Says an error of SQLite's in words.
    pub fn explain(&self, error: rusqlite::Error) -> Error {
        let (path, detail) = (self.path.clone(), error.to_string());
        let extended = error.sqlite_error().map(|error| error.extended_code);
        if is_other_content(&error) {
            return self.damaged(detail);
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Full { path, detail },
            // The index of the log found no room.
            _ if extended == Some(ffi::SQLITE_IOERR_SHMSIZE) => {
                Error::Full { path, detail }
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                self.damaged(detail)
            }
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied,
            ) => Error::Unusable { path, detail },
            Some(ErrorCode::DatabaseBusy) => Error::Locked { path },
            _ => Error::Sqlite { path, detail },
        }
    }
    // ANCHOR_END: explain

    /// A file that belongs to this one: its log, or the log's index.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        with_ending(&self.path, ending)
    }
}

/// Whether a value is not what only this program puts there: a negative count,
/// a text where a number was.
fn is_other_content(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    matches!(
        error,
        E::IntegralValueOutOfRange(..)
            | E::FromSqlConversionFailure(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..)
    )
}

pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

// ANCHOR: set-up
/// The settings on which the promises rest; returns how changes are logged.
fn set_up(sql: &Connection) -> rusqlite::Result<String> {
    // A commit returns when the disk has it.
    sql.pragma_update(None, "synchronous", "FULL")?;
    // On macOS only this waits for the disk itself; no effect elsewhere.
    sql.pragma_update(None, "fullfsync", "ON")?;
    sql.pragma_update(None, "foreign_keys", "ON")?;
    sql.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // Changes go to a log beside the file: readers never wait for the writer.
    sql.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
}
// ANCHOR_END: set-up
