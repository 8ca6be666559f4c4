//! Group commit: threads that write at the same time share one transaction.
//!
//! A durable commit costs one wait for the disk, however much it holds. A
//! thread leaves its operation among the pending ones. If nobody leads, it
//! leads: it takes all that is pending, its own operation among it, and
//! commits it as one transaction. Meanwhile the next batch gathers; when the
//! leader is done, it wakes the thread of the first pending operation to lead
//! that batch.
//!
//! Not every change needs the disk. A worker that claims a job and loses the
//! power has done nothing yet that anybody was told of: after the restart the
//! job is in the line again. Such changes are written, so that a killed
//! process loses nothing, but waited for only when a change beside or after
//! them is.

use std::{
    mem,
    sync::{Mutex, mpsc},
};

use rusqlite::{Connection, Error as Sql, ffi};

use super::{TxError, TxResult, lock};

/// What a change must survive before anybody hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// The process may be killed.
    Kill,
    /// The machine may lose its power: waits for the disk.
    PowerCut,
}

/// One thread's operation, which waits for its batch.
struct Operation {
    durability: Durability,
    /// Runs it, if the transaction began, and returns how to answer the
    /// thread once the commit's outcome is known.
    run: Box<Run>,
    /// Tells the thread to lead the next batch.
    lead: Box<dyn Fn() + Send>,
}

type Run = dyn FnOnce(Result<&Connection, Failure>) -> Answer + Send;
type Answer = Box<dyn FnOnce(Option<Failure>) + Send>;

/// What a waiting thread is told.
enum Message<T> {
    Lead,
    Done(TxResult<T>),
}

/// Why a whole batch failed; unlike SQLite's error it can be copied.
#[derive(Clone)]
struct Failure(ffi::Error, Option<String>);

impl From<Sql> for Failure {
    fn from(error: Sql) -> Self {
        match error {
            Sql::SqliteFailure(code, words) => Self(code, words),
            other => Self(
                ffi::Error::new(ffi::SQLITE_ERROR),
                Some(other.to_string()),
            ),
        }
    }
}

impl From<Failure> for TxError {
    fn from(Failure(code, words): Failure) -> Self {
        Self::Sql(Sql::SqliteFailure(code, words))
    }
}

pub(super) struct Writer {
    disk: Mutex<Disk>,
    pending: Mutex<Pending>,
}

struct Disk {
    connection: Connection,
    /// Whether commits wait for the disk as the connection is set now.
    waits: bool,
}

#[derive(Default)]
struct Pending {
    operations: Vec<Operation>,
    /// Whether some thread leads, or has been told to.
    has_leader: bool,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        // Opened as `Database` does: it waits until it is told not to.
        let disk = Mutex::new(Disk { connection, waits: true });
        Self { disk, pending: Mutex::default() }
    }

    // ANCHOR: run
    /// Runs `operation` in a transaction, perhaps with those of others, and
    /// returns when it is as durable as asked. If it fails, only it is undone.
    pub(super) fn run<T: Send + 'static>(
        &self,
        durability: Durability,
        operation: impl FnOnce(&Connection) -> TxResult<T> + Send + 'static,
    ) -> TxResult<T> {
        let (sender, messages) = mpsc::channel();
        let leads = {
            let mut pending = lock(&self.pending);
            let operation = prepare(durability, operation, sender);
            pending.operations.push(operation);
            !mem::replace(&mut pending.has_leader, true)
        };
        if leads {
            self.lead();
        }
        loop {
            match messages.recv().expect("the leader answers all") {
                Message::Lead => self.lead(),
                Message::Done(result) => return result,
            }
        }
    }

    /// Commits all that is pending, then lets the next thread lead.
    fn lead(&self) {
        // Dropped at the end of this function, in a panic as well.
        let _hand_over = HandOver(self);
        let batch = mem::take(&mut lock(&self.pending).operations);
        lock(&self.disk).commit(batch);
    }
}

/// When it is dropped, the thread of the first pending operation leads.
struct HandOver<'w>(&'w Writer);

impl Drop for HandOver<'_> {
    fn drop(&mut self) {
        let mut pending = lock(&self.0.pending);
        match pending.operations.first() {
            Some(next) => (next.lead)(),
            None => pending.has_leader = false,
        }
    }
}
// ANCHOR_END: run

fn prepare<T: Send + 'static>(
    durability: Durability,
    operation: impl FnOnce(&Connection) -> TxResult<T> + Send + 'static,
    sender: mpsc::Sender<Message<T>>,
) -> Operation {
    // The receiver waits in `run`, unless its thread has panicked.
    let lead = sender.clone();
    Operation {
        durability,
        lead: Box::new(move || drop(lead.send(Message::Lead))),
        run: Box::new(move |begun| {
            let result = match begun {
                Ok(connection) => undoable(connection, operation),
                Err(failure) => Err(failure.into()),
            };
            Box::new(move |failure| {
                let result = match failure {
                    Some(failure) => Err(failure.into()),
                    None => result,
                };
                drop(sender.send(Message::Done(result)));
            })
        }),
    }
}

/// Runs `operation` so that its failure leaves no trace in the transaction.
fn undoable<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> TxResult<T>,
) -> TxResult<T> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    run("SAVEPOINT operation")?;
    let result = operation(connection);
    if result.is_err() && !connection.is_autocommit() {
        run("ROLLBACK TO operation")?;
    }
    if !connection.is_autocommit() {
        run("RELEASE operation")?;
    }
    result
}

impl Disk {
    /// Runs a batch as one transaction, then answers everyone.
    fn commit(&mut self, batch: Vec<Operation>) {
        let must_wait =
            batch.iter().any(|one| one.durability == Durability::PowerCut);
        let mut failure = self.begin(must_wait).err().map(Failure::from);
        let connection = &self.connection;
        let mut answers = Vec::with_capacity(batch.len());
        for operation in batch {
            answers.push((operation.run)(match &failure {
                None => Ok(connection),
                Some(failure) => Err(failure.clone()),
            }));
            // A full or failing disk ends a transaction from within.
            if failure.is_none() && connection.is_autocommit() {
                failure = Some(Failure(
                    ffi::Error::new(ffi::SQLITE_FULL),
                    Some("the transaction was undone as a whole".to_owned()),
                ));
            }
        }
        if failure.is_none()
            && let Err(error) = self.run("COMMIT")
        {
            failure = Some(error.into());
            let _ = self.run("ROLLBACK");
        }
        for answer in answers {
            answer(failure.clone());
        }
    }

    fn begin(&mut self, must_wait: bool) -> Result<(), Sql> {
        if !self.connection.is_autocommit() {
            // An operation panicked before: nobody was told that it was kept.
            let _ = self.run("ROLLBACK");
        }
        if self.waits != must_wait {
            // In WAL mode NORMAL is as consistent as FULL, only later: the
            // next commit that waits takes all before it along
            // (sqlite.org/pragma.html#pragma_synchronous).
            let mode = if must_wait { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", mode)?;
            self.waits = must_wait;
        }
        self.run("BEGIN IMMEDIATE")
    }

    fn run(&self, sql: &str) -> Result<(), Sql> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const COUNT: &str = "SELECT count(*) FROM numbers";

    #[test]
    fn threads_that_write_while_the_disk_is_busy_share_one_commit() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || {
            Connection::open(folder.path().join("numbers.db")).expect("opens")
        };
        let connection = open();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE numbers (n)",
            )
            .expect("a table");
        let writer = Writer::new(connection);
        let seen = |other: &Connection| -> rusqlite::Result<i64> {
            other.query_row(COUNT, [], |row| row.get(0))
        };
        // A first writer leads, and is kept waiting for the disk.
        let busy = lock(&writer.disk);
        let seen_meanwhile: Vec<i64> = thread::scope(|scope| {
            let add = |n| {
                let (writer, other) = (&writer, open());
                scope.spawn(move || {
                    writer.run(Durability::PowerCut, move |sql| {
                        sql.execute("INSERT INTO numbers VALUES (?)", [n])?;
                        Ok(seen(&other)?)
                    })
                })
            };
            let first = add(0);
            let wait_for = |reached: fn(&Pending) -> bool| {
                while !reached(&lock(&writer.pending)) {
                    thread::yield_now();
                }
            };
            wait_for(|it| it.has_leader && it.operations.is_empty());
            let threads: Vec<_> = (1..=8).map(add).collect();
            wait_for(|it| it.operations.len() == 8);
            drop(busy);
            first.join().expect("ran").expect("wrote");
            let results = threads.into_iter().map(|one| one.join());
            results.map(|one| one.expect("ran").expect("wrote")).collect()
        });
        // From outside, each saw only the first: theirs was one transaction.
        assert_eq!(seen_meanwhile, [1; 8]);
        assert_eq!(seen(&open()).expect("counted"), 9);
    }
}
