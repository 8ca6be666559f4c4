//! Group commit: threads that write at the same time share one transaction.
//!
//! A durable commit costs one wait for the disk, however much it holds. Each
//! thread leaves its operation in `pending` and asks for the connection; the
//! one that gets it takes all operations left so far, its own among them, and
//! commits them together. While it waits for the disk, the next batch gathers.

use super::{Fault, lock};
use rusqlite::{Connection, Error as Sql, ffi};
use std::{
    mem,
    sync::{Mutex, mpsc},
};

/// Runs one operation, if the transaction began, and returns how to answer
/// the thread that waits for it once the commit's outcome is known.
type Operation = Box<dyn FnOnce(Result<&Connection, Failure>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Option<Failure>) + Send>;

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

impl From<Failure> for Fault {
    fn from(Failure(code, words): Failure) -> Self {
        Self::Sql(Sql::SqliteFailure(code, words))
    }
}

pub(super) struct Writer {
    connection: Mutex<Connection>,
    pending: Mutex<Vec<Operation>>,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Mutex::new(connection), pending: Mutex::default() }
    }

    /// Runs `operation` in a transaction, perhaps with those of others, and
    /// returns when it is on the disk. If it fails, only it is undone.
    pub(super) fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (sender, outcome) = mpsc::sync_channel(1);
        lock(&self.pending).push(Box::new(move |begun| {
            let result = match begun {
                Ok(connection) => undoable(connection, operation),
                Err(failure) => Err(failure.into()),
            };
            Box::new(move |failure| {
                let result = match failure {
                    Some(failure) => Err(failure.into()),
                    None => result,
                };
                // The receiver waits below, or its thread has panicked.
                let _ = sender.send(result);
            })
        }));
        {
            let connection = lock(&self.connection);
            let batch = mem::take(&mut *lock(&self.pending));
            if !batch.is_empty() {
                commit(&connection, batch);
            }
        }
        outcome.recv().expect("whoever took the batch answered it")
    }

    /// Room for tests to make the file as small as a full disk would.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: i64) {
        lock(&self.connection)
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| {
                Ok(())
            })
            .expect("the pragma answers");
    }
}

/// Runs `operation` so that its failure leaves no trace in the transaction.
fn undoable<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
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

/// Runs a batch as one transaction, then answers everyone.
fn commit(connection: &Connection, batch: Vec<Operation>) {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]);
    if !connection.is_autocommit() {
        // An operation panicked before: nobody was told that it was kept.
        let _ = run("ROLLBACK");
    }
    let mut failure = run("BEGIN IMMEDIATE").err().map(Failure::from);
    let mut answers = Vec::with_capacity(batch.len());
    for operation in batch {
        answers.push(operation(match &failure {
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
        && let Err(error) = run("COMMIT")
    {
        failure = Some(error.into());
        let _ = run("ROLLBACK");
    }
    for answer in answers {
        answer(failure.clone());
    }
}
