//! The embedded engine: a file, shared by threads and processes.
//!
//! Every operation is one transaction, and what it changed is on the disk
//! before it returns (`synchronous = FULL`). Claims, renewals and notes
//! survive a killed process, but not a power cut, which they need not: see
//! [`Durability`]. Readers have a connection of their own and never wait for
//! writers.

mod change_signal;
mod clock;
mod lane;
mod operations;
mod queue_tx;
mod row;
#[cfg(test)]
mod tests;
mod tx_error;
mod verdict;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use database::{Database, Identity, Schema};
use rusqlite::Connection;

use crate::{Claim, Error, Result};
use change_signal::ChangeSignal;
use clock::Clock;
use queue_tx::QueueTx;
use row::version;
use tx_error::{TxError, TxResult};
use verdict::Verdict;
use writer::{Durability, Writer};

/// What the queue's file looks like.
const SCHEMA: Schema = Schema {
    content: "a job queue",
    application_id: i32::from_be_bytes(*b"JobQ"),
    steps: &[
        |sql| sql.execute_batch(include_str!("sqlite/schema.sql")),
        |sql| sql.execute_batch(include_str!("sqlite/leases.sql")),
        |sql| sql.execute_batch(include_str!("sqlite/outbox.sql")),
        |sql| sql.execute_batch(include_str!("sqlite/lanes.sql")),
    ],
    elsewhere: "name another file for the queue",
    recovery: "Bring it back from a backup; or rename it together with its \
               -wal and -shm files, as `print-server set-aside` does, and the \
               next start makes a new one",
};

/// Renames the queue's file, together with its log, so that the next
/// [`open`](crate::open) makes a new one, and returns its new name. Nothing is
/// deleted. Nobody may have it open.
///
/// # Errors
/// There is none, or it cannot be renamed.
pub fn set_aside(path: &Path) -> Result<PathBuf> {
    Ok(Database::new(path, SCHEMA).set_aside()?)
}

/// The queue, for one of its lanes.
pub(crate) struct Sqlite {
    opened: Arc<Opened>,
    lane: Arc<str>,
}

/// What all lanes share.
struct Opened {
    file: Database,
    /// Which file was opened: it may be removed meanwhile.
    identity: Identity,
    /// The queue's row.
    queue: i64,
    reader: Arc<Mutex<Connection>>,
    // Closed after the reader: only a writer moves the log into the file.
    writer: Writer,
    signal: ChangeSignal,
    clock: Arc<Clock>,
}

/// A poisoned lock guards nothing half-done here: transactions do.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sqlite {
    pub(crate) fn open(path: &Path, name: &str) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::Url("sqlite:".to_owned()));
        }
        let file = Database::new(path, SCHEMA);
        let connection = file.open()?;
        file.check(&connection)?;
        let queue = row_of(&connection, name).map_err(|e| file.explain(e))?;
        let identity = file.identity();
        let reader = file.open_to_read()?;
        let reader = Arc::new(Mutex::new(reader));
        let watching = Arc::downgrade(&reader);
        let read = move || version(&lock(&*watching.upgrade()?), queue).ok();
        let opened = Opened {
            file,
            identity,
            queue,
            writer: Writer::new(connection),
            reader,
            signal: ChangeSignal::watch(path, read)?,
            clock: Arc::new(Clock::new()),
        };
        Ok(Self { opened: Arc::new(opened), lane: Arc::default() })
    }

    fn in_lane(&self, name: &str) -> Self {
        Self { opened: Arc::clone(&self.opened), lane: name.into() }
    }

    /// Makes a change, waits until the disk has it, and notifies.
    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&QueueTx) -> TxResult<T> + Send + 'static,
    ) -> Result<T> {
        self.change(Durability::PowerCut, change)
    }

    /// The same for a change that a power cut may undo.
    fn write_unsynced<T: Send + 'static>(
        &self,
        change: impl FnOnce(&QueueTx) -> TxResult<T> + Send + 'static,
    ) -> Result<T> {
        self.change(Durability::Kill, change)
    }

    fn change<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnOnce(&QueueTx) -> TxResult<T> + Send + 'static,
    ) -> Result<T> {
        let Opened { file, identity, queue, .. } = &*self.opened;
        identity.check()?;
        let (queue, lane) = (*queue, Arc::clone(&self.lane));
        let clock = Arc::clone(&self.opened.clock);
        let (result, version) = self
            .opened
            .writer
            .run(durability, move |sql| {
                let (now, jumped) = clock.look();
                let tx = QueueTx { sql, queue, lane: &lane, now };
                if jumped {
                    tx.lengthen_leases()?;
                }
                let result = change(&tx)?;
                Ok((result, version(sql, queue)?))
            })
            .map_err(|error| error.explain(file))?;
        self.opened.signal.notify(version);
        Ok(result)
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> TxResult<T>,
    ) -> Result<T> {
        look(&lock(&self.opened.reader))
            .map_err(|error| error.explain(&self.opened.file))
    }

    fn settle(&self, claim: &Claim, verdict: Verdict) -> Result<()> {
        let claim = claim.clone();
        self.write(move |tx| tx.settle(&claim, verdict))
    }
}

/// Finds or makes the queue's row.
fn row_of(sql: &Connection, name: &str) -> rusqlite::Result<i64> {
    sql.execute("INSERT OR IGNORE INTO queues (name) VALUES (?1)", [name])?;
    let id = "SELECT id FROM queues WHERE name = ?1";
    sql.query_row(id, [name], |row| row.get(0))
}
