//! The embedded engine: a file, shared by threads and processes.
//!
//! Every operation is one transaction. The write-ahead log is on the disk
//! before anyone hears that a job was taken or ended (`synchronous=FULL`);
//! claims, renewals and notes survive a killed process, not a power cut. Readers have a
//! connection of their own and never wait for writers.

mod bell;
mod line;
mod writer;

use crate::{
    Claim, Enqueued, Error, Job, JobId, NewJob, Queue, Result, Retry, Signal,
    State, backoff,
    job::{millis, now, time},
};
use bell::Bell;
use database::{Database, Schema};
use line::{Change, Found, Line, job, row_id, version};
use rusqlite::{Connection, OptionalExtension, params};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use writer::{Outlives, Writer};

/// What the queue's file looks like.
const SCHEMA: Schema = Schema {
    content: "a job queue",
    application_id: i32::from_be_bytes(*b"JobQ"),
    steps: &[|sql| sql.execute_batch(include_str!("sqlite/schema.sql"))],
    elsewhere: "name another file for the queue",
    recovery: "Bring it back from a backup; or rename it together with its \
               -wal and -shm files, and the next start makes a new one",
};

pub(crate) struct Sqlite {
    file: Database,
    /// The queue's row.
    queue: i64,
    reader: Arc<Mutex<Connection>>,
    // Closed after the reader: only a writer moves the log into the file.
    writer: Writer,
    bell: Bell,
}

/// What went wrong inside a transaction: ours to tell, or SQLite's.
#[derive(Debug)]
enum Fault {
    Ours(Error),
    Sql(rusqlite::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

type Step<T> = std::result::Result<T, Fault>;

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
        let reader = file.open_to_read()?;
        let reader = Arc::new(Mutex::new(reader));
        let watching = Arc::downgrade(&reader);
        let look = move || version(&lock(&*watching.upgrade()?), queue).ok();
        Ok(Self {
            file,
            queue,
            writer: Writer::new(connection),
            reader,
            bell: Bell::hang(path, look)?,
        })
    }

    /// Runs a change, waits until it is on the disk, and rings.
    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Line) -> Step<T> + Send + 'static,
    ) -> Result<T> {
        self.change(Outlives::PowerCut, change)
    }

    /// The same for a change that a power cut may undo.
    fn write_soon<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Line) -> Step<T> + Send + 'static,
    ) -> Result<T> {
        self.change(Outlives::Crash, change)
    }

    fn change<T: Send + 'static>(
        &self,
        outlives: Outlives,
        change: impl FnOnce(&Line) -> Step<T> + Send + 'static,
    ) -> Result<T> {
        let queue = self.queue;
        let (result, version) = self
            .writer
            .run(outlives, move |sql| {
                let line = Line { sql, queue, now: now() };
                let result = change(&line)?;
                Ok((result, version(sql, queue)?))
            })
            .map_err(|fault| explain(&self.file, fault))?;
        self.bell.ring(version);
        Ok(result)
    }

    fn read<T>(&self, look: impl FnOnce(&Connection) -> Step<T>) -> Result<T> {
        look(&lock(&self.reader)).map_err(|fault| explain(&self.file, fault))
    }

    fn settle(&self, claim: &Claim, change: Change) -> Result<()> {
        let claim = claim.clone();
        self.write(move |line| line.settle(&claim, change))
    }
}

/// Finds or makes the queue's row.
fn row_of(sql: &Connection, name: &str) -> rusqlite::Result<i64> {
    sql.execute("INSERT OR IGNORE INTO queues (name) VALUES (?1)", [name])?;
    let id = "SELECT id FROM queues WHERE name = ?1";
    sql.query_row(id, [name], |row| row.get(0))
}

/// What went wrong in a transaction, in the words of [`Error`].
fn explain(file: &Database, fault: Fault) -> Error {
    match fault {
        Fault::Ours(error) => error,
        Fault::Sql(error) => file.explain(error).into(),
    }
}

impl Queue for Sqlite {
    fn enqueue(&self, job: NewJob) -> Result<Enqueued> {
        job.check()?;
        self.write(move |line| line.enqueue(&job))
    }

    fn enqueue_all(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        jobs.iter().try_for_each(NewJob::check)?;
        self.write(move |line| {
            jobs.iter().map(|job| line.enqueue(job)).collect()
        })
    }

    fn claim(
        &self,
        worker: &str,
        lease: Duration,
        wait: Duration,
    ) -> Result<Option<Claim>> {
        let deadline = crate::deadline(wait);
        loop {
            let name = worker.to_owned();
            // Undone by a power cut, a claim leaves the job in the line.
            let found =
                self.write_soon(move |line| line.claim(&name, lease))?;
            let (version, until) = match found {
                Found::Job(claim) => return Ok(Some(*claim)),
                Found::Nothing { version, until } => (version, until),
            };
            if Instant::now() >= deadline {
                return Ok(None);
            }
            let due = until.map_or(deadline, |until| {
                let left = until.saturating_sub(now());
                Instant::now() + Duration::from_millis(left)
            });
            self.bell.wait(version, due.min(deadline));
        }
    }

    fn renew(&self, claim: &Claim, lease: Duration) -> Result<Signal> {
        let claim = claim.clone();
        self.write_soon(move |line| {
            let cancelled = line.held_by(&claim)?;
            let until = line.now.saturating_add(millis(lease));
            line.sql
                .prepare_cached(
                    "UPDATE jobs SET lease_until = max(lease_until, ?2)
                     WHERE id = ?1",
                )?
                .execute(params![row_id(&claim.job.id), until])?;
            Ok(signal(cancelled))
        })
    }

    fn progress(&self, claim: &Claim, note: &str) -> Result<Signal> {
        let (claim, note) = (claim.clone(), note.to_owned());
        self.write_soon(move |line| {
            let cancelled = line.held_by(&claim)?;
            line.note(&claim, &note, false)?;
            Ok(signal(cancelled))
        })
    }

    fn point_of_no_return(&self, claim: &Claim, note: &str) -> Result<()> {
        let (claim, note) = (claim.clone(), note.to_owned());
        self.write(move |line| {
            if line.held_by(&claim)? {
                return Err(Error::Cancelled(claim.job.id).into());
            }
            line.note(&claim, &note, true)
        })
    }

    fn complete(&self, claim: Claim, note: &str) -> Result<()> {
        self.settle(&claim, Change::to(State::Done, &claim).noting(note))
    }

    fn complete_and_claim(
        &self,
        claim: Claim,
        note: &str,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Claim>> {
        let change = Change::to(State::Done, &claim).noting(note);
        let worker = worker.to_owned();
        self.write(move |line| {
            line.settle(&claim, change)?;
            Ok(match line.claim(&worker, lease)? {
                Found::Job(claim) => Some(*claim),
                Found::Nothing { .. } => None,
            })
        })
    }

    fn retry(&self, claim: Claim, reason: &str) -> Result<Retry> {
        let reason = reason.to_owned();
        self.write(move |line| {
            let cancelled = line.held_by(&claim)?;
            let job = &claim.job;
            let last = job.attempts >= job.max_attempts;
            let first = Duration::from_millis(job.first_retry);
            let pause = millis(backoff::pause(first, job.attempts));
            let at = line.now.saturating_add(pause);
            let (state, due_at, retry) = match (cancelled, last) {
                (true, _) => (State::Cancelled, 0, Retry::Cancelled),
                (_, true) => (State::Dead, 0, Retry::Dead),
                _ => (State::Waiting, at, Retry::At(time(at))),
            };
            let change = Change::to(state, &claim).because(&reason);
            line.settle(&claim, Change { due_at, ..change })?;
            Ok(retry)
        })
    }

    fn bury(&self, claim: Claim, reason: &str) -> Result<()> {
        self.settle(&claim, Change::to(State::Dead, &claim).because(reason))
    }

    fn hand_back(&self, claim: Claim, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.write(move |line| {
            let cancelled = line.held_by(&claim)?;
            let state =
                if cancelled { State::Cancelled } else { State::Waiting };
            let attempts = claim.job.attempts.saturating_sub(1);
            let change = Change::to(state, &claim).because(&reason);
            line.settle(&claim, Change { attempts, ..change })
        })
    }

    fn uncertain(&self, claim: Claim, reason: &str) -> Result<()> {
        self.settle(
            &claim,
            Change::to(State::Uncertain, &claim).because(reason),
        )
    }

    fn settle_cancelled(&self, claim: Claim, note: &str) -> Result<()> {
        self.settle(&claim, Change::to(State::Cancelled, &claim).noting(note))
    }

    fn cancel(&self, id: &JobId) -> Result<State> {
        let id = *id;
        self.write(move |line| line.cancel(&id))
    }

    fn release(&self, id: &JobId) -> Result<()> {
        let id = *id;
        self.write(move |line| match line.state(&id)? {
            State::Held => line.line_up(&id, false),
            state => {
                let what = "release";
                Err(Error::NotPossible { id, state, what }.into())
            }
        })
    }

    fn resend(&self, id: &JobId) -> Result<()> {
        let id = *id;
        self.write(move |line| {
            line.sweep()?;
            match line.state(&id)? {
                State::Dead | State::Uncertain | State::Cancelled => {
                    line.line_up(&id, true)
                }
                state => {
                    let what = "resend";
                    Err(Error::NotPossible { id, state, what }.into())
                }
            }
        })
    }

    fn pause(&self, reason: &str, time: Duration) -> Result<()> {
        let reason = reason.to_owned();
        self.write(move |line| {
            let until = line.now.saturating_add(millis(time));
            line.sql
                .prepare_cached(
                    "UPDATE queues SET paused_until = ?2, pause_reason = ?3
                     WHERE id = ?1",
                )?
                .execute(params![line.queue, until, reason])?;
            line.touch()?;
            Ok(())
        })
    }

    fn resume(&self) -> Result<()> {
        self.pause("", Duration::ZERO)
    }

    fn paused(&self) -> Result<Option<String>> {
        self.read(|sql| {
            Ok(sql
                .prepare_cached(
                    "SELECT pause_reason FROM queues
                     WHERE id = ?1 AND paused_until > ?2",
                )?
                .query_row(params![self.queue, now()], |row| row.get(0))
                .optional()?)
        })
    }

    fn job(&self, id: &JobId) -> Result<Option<Job>> {
        self.read(|sql| {
            let mut select = sql.prepare_cached(
                "SELECT * FROM jobs WHERE id = ?1 AND queue = ?2",
            )?;
            let mut rows = select.query([row_id(id), self.queue])?;
            rows.next()?.map(job).transpose()
        })
    }

    fn jobs(&self, limit: usize) -> Result<Vec<Job>> {
        self.read(|sql| {
            let mut select = sql.prepare_cached(
                "SELECT * FROM jobs WHERE queue = ?1
                 ORDER BY id DESC LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            select.query_and_then([self.queue, limit], job)?.collect()
        })
    }

    fn version(&self) -> Result<u64> {
        self.read(|sql| Ok(version(sql, self.queue)?))
    }

    fn wait_for_change(&self, seen: u64, wait: Duration) -> Result<u64> {
        let deadline = crate::deadline(wait);
        loop {
            let version = self.version()?;
            if version != seen || Instant::now() >= deadline {
                return Ok(version);
            }
            self.bell.wait(version, deadline);
        }
    }

    fn forget_finished(&self, older_than: Duration) -> Result<u64> {
        let before = now().saturating_sub(millis(older_than));
        let mut forgotten = 0;
        loop {
            // At most 1,000 at a time, so that others get their turn.
            let some = self.write(move |line| {
                let some = line
                    .sql
                    .prepare_cached(
                        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
                            WHERE queue = ?1 AND changed_at <= ?2
                                AND state IN ('done', 'cancelled')
                            LIMIT 1000)",
                    )?
                    .execute(params![line.queue, before])?;
                if some > 0 {
                    line.touch()?;
                }
                Ok(u64::try_from(some).unwrap_or(u64::MAX))
            })?;
            forgotten += some;
            if some < 1000 {
                return Ok(forgotten);
            }
        }
    }

    fn describe(&self) -> String {
        format!("SQLite at {}", self.file.path().display())
    }
}

fn signal(cancelled: bool) -> Signal {
    if cancelled { Signal::Cancelled } else { Signal::Continue }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> (tempfile::TempDir, Sqlite) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("queue.db");
        let queue = Sqlite::open(&file, "test").expect("it opens");
        (folder, queue)
    }

    /// Makes the file as small as a full disk would.
    fn limit(queue: &Sqlite, pages: u32) {
        let limit = format!("PRAGMA max_page_count = {pages}");
        queue
            .write(move |line| {
                Ok(line.sql.query_row(&limit, [], |_| Ok(()))?)
            })
            .expect("the pragma answers");
    }

    #[test]
    fn a_full_disk_is_said_to_be_full_and_loses_nothing() {
        let (_folder, queue) = queue();
        limit(&queue, 40);
        let large = || NewJob::new("x".repeat(10_000));
        let mut queued = Vec::new();
        let error = loop {
            match queue.enqueue(large()) {
                Ok(job) => queued.push(job.id),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Full { .. }), "{error}");
        assert!(error.to_string().contains("make room"), "{error}");
        let kept = queue.jobs(100).expect("reading needs no room");
        assert_eq!(kept.len(), queued.len());
        assert!(queue.enqueue_all(vec![NewJob::new("a"), large()]).is_err());

        limit(&queue, 1000);
        for id in queued {
            let claim = queue
                .claim("w", Duration::from_secs(9), Duration::ZERO)
                .expect("there is room again")
                .expect("a job is due");
            assert_eq!(claim.job.id, id);
            queue.complete(claim, "").expect("there is room again");
        }
        assert_eq!(
            queue.enqueue(large()).map(|job| job.fresh).ok(),
            Some(true)
        );
    }

    #[test]
    fn one_bad_operation_undoes_no_other_in_its_batch() {
        let (_folder, queue) = queue();
        let keyed = |payload: &str| NewJob::new(payload).key("k");
        queue.enqueue(keyed("first")).expect("queued");
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..40)
                .map(|n| {
                    let queue = &queue;
                    scope.spawn(move || match n % 2 {
                        0 => queue.enqueue(keyed("other")).is_err(),
                        _ => queue.enqueue(NewJob::new("job")).is_ok(),
                    })
                })
                .collect();
            for thread in threads {
                assert!(thread.join().expect("no panic"));
            }
        });
        assert_eq!(queue.jobs(100).expect("listed").len(), 21);
    }

    #[test]
    fn what_is_asked_all_the_time_is_answered_from_an_index() {
        let (_folder, queue) = queue();
        let plan = |question: &str| {
            queue
                .read(|sql| {
                    let explain = format!("EXPLAIN QUERY PLAN {question}");
                    let mut plan = sql.prepare(&explain)?;
                    let steps = plan.query_map([], |row| row.get(3))?;
                    Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?)
                })
                .expect("a plan")
                .join("; ")
        };
        for (index, question) in [
            (
                "line",
                "SELECT id FROM jobs WHERE queue = 1 AND state = 'waiting'
                 AND ready = 1 ORDER BY priority, place LIMIT 1",
            ),
            (
                "delayed",
                "SELECT id FROM jobs WHERE queue = 1 AND state = 'waiting'
                 AND ready = 0 AND due_at <= 5 ORDER BY due_at, id",
            ),
            (
                "leases",
                "SELECT min(lease_until) FROM jobs
                 WHERE queue = 1 AND state = 'running'",
            ),
            (
                "finished",
                "SELECT id FROM jobs WHERE queue = 1 AND changed_at <= 5
                 AND state IN ('done', 'cancelled') LIMIT 1000",
            ),
            (
                "newest",
                "SELECT * FROM jobs WHERE queue = 1 ORDER BY id DESC LIMIT 9",
            ),
        ] {
            let plan = plan(question);
            assert!(plan.contains(&format!("INDEX {index} ")), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
