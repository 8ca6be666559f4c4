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
        let pending = Mutex::default();
        Self { connection: Mutex::new(connection), pending }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const COUNT: &str = "SELECT count(*) FROM numbers";

    #[test]
    fn who_writes_while_the_disk_is_busy_shares_one_commit() {
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
        let busy = lock(&writer.connection);
        let seen_meanwhile: Vec<i64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|n| {
                    let (writer, other) = (&writer, open());
                    scope.spawn(move || {
                        writer.run(move |sql| {
                            sql.execute("INSERT INTO numbers VALUES (?)", [n])?;
                            Ok(seen(&other)?)
                        })
                    })
                })
                .collect();
            while lock(&writer.pending).len() < threads.len() {
                thread::yield_now();
            }
            drop(busy);
            let results = threads.into_iter().map(|one| one.join());
            results.map(|one| one.expect("ran").expect("wrote")).collect()
        });
        // Each saw nothing of the others from outside: one transaction.
        assert_eq!(seen_meanwhile, [0; 8]);
        assert_eq!(seen(&open()).expect("counted"), 8);
    }
}
