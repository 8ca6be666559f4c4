//! Group commit: threads that write at the same time share one transaction.
//!
//! A durable commit costs one wait for the disk, however much it holds. A
//! thread leaves its operation in `pending`. If nobody leads, it leads: it
//! takes all that is pending, its own operation among it, and commits it as
//! one transaction. Meanwhile the next batch gathers, and when the leader is
//! done it wakes the first of those to lead that one.

use super::{Fault, lock};
use rusqlite::{Connection, Error as Sql, ffi};
use std::{
    mem,
    sync::{Mutex, mpsc},
};

/// One thread's operation, which waits for its batch.
struct Operation {
    /// Runs it, if the transaction began, and returns how to answer the
    /// thread once the commit's outcome is known.
    run: Box<Run>,
    /// Tells the thread to lead the next batch.
    lead: Box<dyn Fn() + Send>,
}

type Run = dyn FnOnce(Result<&Connection, Failure>) -> Answer + Send;
type Answer = Box<dyn FnOnce(Option<Failure>) + Send>;

/// What a waiting thread is told.
enum Word<T> {
    Lead,
    Done(Result<T, Fault>),
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

impl From<Failure> for Fault {
    fn from(Failure(code, words): Failure) -> Self {
        Self::Sql(Sql::SqliteFailure(code, words))
    }
}

pub(super) struct Writer {
    connection: Mutex<Connection>,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    pending: Vec<Operation>,
    led: bool,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        let line = Mutex::default();
        Self { connection: Mutex::new(connection), line }
    }

    // ANCHOR: run
    /// Runs `operation` in a transaction, perhaps with those of others, and
    /// returns when it is on the disk. If it fails, only it is undone.
    pub(super) fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (sender, words) = mpsc::channel();
        let lead = {
            let mut line = lock(&self.line);
            line.pending.push(prepare(operation, sender));
            !mem::replace(&mut line.led, true)
        };
        if lead {
            self.lead();
        }
        loop {
            match words.recv().expect("whoever leads answers all") {
                Word::Lead => self.lead(),
                Word::Done(result) => return result,
            }
        }
    }

    fn lead(&self) {
        let _next = Leader(self);
        let batch = mem::take(&mut lock(&self.line).pending);
        commit(&lock(&self.connection), batch);
    }
    // ANCHOR_END: run
}

/// Whoever leads passes it on, even in a panic.
struct Leader<'w>(&'w Writer);

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut line = lock(&self.0.line);
        match line.pending.first() {
            Some(next) => (next.lead)(),
            None => line.led = false,
        }
    }
}

fn prepare<T: Send + 'static>(
    operation: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    sender: mpsc::Sender<Word<T>>,
) -> Operation {
    // The receiver waits in `run`, unless its thread has panicked.
    let lead = sender.clone();
    Operation {
        lead: Box::new(move || drop(lead.send(Word::Lead))),
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
                drop(sender.send(Word::Done(result)));
            })
        }),
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
        // A first writer leads, and is kept waiting for the disk.
        let busy = lock(&writer.connection);
        let seen_meanwhile: Vec<i64> = thread::scope(|scope| {
            let add = |n| {
                let (writer, other) = (&writer, open());
                scope.spawn(move || {
                    writer.run(move |sql| {
                        sql.execute("INSERT INTO numbers VALUES (?)", [n])?;
                        Ok(seen(&other)?)
                    })
                })
            };
            let first = add(0);
            let wait_for = |reached: fn(&Line) -> bool| {
                while !reached(&lock(&writer.line)) {
                    thread::yield_now();
                }
            };
            wait_for(|line| line.led && line.pending.is_empty());
            let threads: Vec<_> = (1..=8).map(add).collect();
            wait_for(|line| line.pending.len() == 8);
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
