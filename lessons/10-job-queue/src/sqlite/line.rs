//! One queue inside one transaction: what each operation reads and writes.

use super::Step;
use crate::{
    Claim, Enqueued, Error, Job, JobId, NewJob, Priority, State, job::millis,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long an idempotency key is remembered, in milliseconds.
const KEY_LIFE: u64 = 24 * 60 * 60 * 1000;

pub(super) fn version(sql: &Connection, queue: i64) -> rusqlite::Result<u64> {
    sql.prepare_cached("SELECT version FROM queues WHERE id = ?1")?
        .query_row([queue], |row| row.get(0))
}

/// A job's number as SQLite counts: no row has a negative one.
pub(super) fn row_id(id: &JobId) -> i64 {
    i64::try_from(id.0).unwrap_or(-1)
}

pub(super) fn job(row: &Row) -> Step<Job> {
    let id = JobId(row.get("id")?);
    let foreign =
        |detail: String| super::Fault::Ours(Error::Foreign { id, detail });
    // SQLite keeps any bytes as text: only UTF-8 leaves it.
    let text = |column: &str| -> Step<Option<String>> {
        match row.get_ref(column)?.as_bytes_or_null() {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => String::from_utf8(bytes.to_vec())
                .map(Some)
                .map_err(|_| foreign(format!("its {column} is not text"))),
            Err(error) => Err(foreign(error.to_string())),
        }
    };
    let state = text("state")?.unwrap_or_default();
    Ok(Job {
        id,
        state: State::from_word(&state)
            .ok_or_else(|| foreign(format!("{state:?} is no state")))?,
        payload: text("payload")?.unwrap_or_default(),
        priority: Priority::from_rank(row.get("priority")?)
            .ok_or_else(|| foreign("it has no known priority".to_owned()))?,
        attempts: row.get("attempts")?,
        max_attempts: row.get("max_attempts")?,
        first_retry: row.get("first_retry")?,
        reason: text("reason")?,
        progress: text("progress")?,
        worker: text("worker")?,
        no_return: row.get("no_return")?,
        cancel_requested: row.get("cancel_requested")?,
        queued_at: row.get("queued_at")?,
        due_at: row.get("due_at")?,
        changed_at: row.get("changed_at")?,
    })
}

/// What a worker's verdict changes about its job.
pub(super) struct Change {
    pub(super) state: State,
    /// When a waiting job is due; 0 for at once.
    pub(super) due_at: u64,
    pub(super) attempts: u32,
    pub(super) reason: Option<String>,
    pub(super) progress: Option<String>,
}

impl Change {
    pub(super) fn to(state: State, claim: &Claim) -> Self {
        Self {
            state,
            due_at: 0,
            attempts: claim.job.attempts,
            reason: None,
            progress: None,
        }
    }

    pub(super) fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    pub(super) fn noting(mut self, note: &str) -> Self {
        self.progress = Some(note.to_owned());
        self
    }
}

/// What a claim found.
pub(super) enum Found {
    Job(Box<Claim>),
    /// Nothing is due at this version of the queue, nor before this time.
    Nothing {
        version: u64,
        until: Option<u64>,
    },
}

/// One queue inside one transaction, at one moment.
pub(super) struct Line<'t> {
    pub(super) sql: &'t Connection,
    pub(super) queue: i64,
    /// Unix milliseconds.
    pub(super) now: u64,
}

impl Line<'_> {
    /// Counts a change; the new version also serves as a new place in line.
    pub(super) fn touch(&self) -> Step<u64> {
        Ok(self
            .sql
            .prepare_cached(
                "UPDATE queues SET version = version + 1 WHERE id = ?1
                 RETURNING version",
            )?
            .query_row([self.queue], |row| row.get(0))?)
    }

    pub(super) fn enqueue(&self, job: &NewJob) -> Step<Enqueued> {
        let digest = Sha256::digest(&job.payload).to_vec();
        if let Some(key) = &job.key
            && let Some(id) = self.seen(key, &digest)?
        {
            return Ok(Enqueued { id, fresh: false });
        }
        let version = self.touch()?;
        let ready = !job.held && job.delay.is_zero();
        let state = if job.held { State::Held } else { State::Waiting };
        self.sql
            .prepare_cached(
                "INSERT INTO jobs (queue, state, payload, priority,
                    max_attempts, first_retry, queued_at, due_at, changed_at,
                    place, ready)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9, ?10)",
            )?
            .execute(params![
                self.queue,
                state.word(),
                job.payload,
                job.priority.rank(),
                job.max_attempts.max(1),
                millis(job.first_retry),
                self.now,
                self.now.saturating_add(millis(job.delay)),
                ready.then_some(version),
                ready,
            ])?;
        let row = self.sql.last_insert_rowid();
        if let Some(key) = &job.key {
            self.sql
                .prepare_cached("INSERT INTO keys VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![self.queue, key, row, digest, self.now])?;
        }
        let id = JobId(row.unsigned_abs());
        Ok(Enqueued { id, fresh: true })
    }

    /// The job that has this idempotency key.
    fn seen(&self, key: &str, digest: &[u8]) -> Step<Option<JobId>> {
        self.sql
            .prepare_cached("DELETE FROM keys WHERE seen_at <= ?1")?
            .execute([self.now.saturating_sub(KEY_LIFE)])?;
        let first: Option<(u64, Vec<u8>)> = self
            .sql
            .prepare_cached(
                "SELECT job, digest FROM keys WHERE queue = ?1 AND key = ?2",
            )?
            .query_row(params![self.queue, key], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        match first {
            Some((id, first)) if first != digest => {
                let (key, id) = (key.to_owned(), JobId(id));
                Err(Error::KeyReused { key, id }.into())
            }
            first => Ok(first.map(|(id, _)| JobId(id))),
        }
    }

    /// Takes back what overdue leases hold, and lets due jobs into the line.
    pub(super) fn sweep(&self) -> Step<()> {
        let lost = self
            .sql
            .prepare_cached(
                "UPDATE jobs SET
                    state = CASE WHEN no_return THEN 'uncertain'
                        WHEN cancel_requested THEN 'cancelled'
                        WHEN attempts >= max_attempts THEN 'dead'
                        ELSE 'waiting' END,
                    ready = 1, changed_at = ?2,
                    reason = 'worker ' || worker ||
                        ' was lost: its lease ran out'
                 WHERE queue = ?1 AND state = 'running' AND lease_until <= ?2",
            )?
            .execute(params![self.queue, self.now])?;
        if lost > 0 {
            self.touch()?;
        }
        let due: Vec<i64> = self
            .sql
            .prepare_cached(
                "SELECT id FROM jobs
                 WHERE queue = ?1 AND state = 'waiting' AND ready = 0
                    AND due_at <= ?2
                 ORDER BY due_at, id",
            )?
            .query_map(params![self.queue, self.now], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in due {
            self.sql
                .prepare_cached(
                    "UPDATE jobs SET ready = 1, place = coalesce(place, ?2)
                     WHERE id = ?1",
                )?
                .execute(params![id, self.touch()?])?;
        }
        Ok(())
    }

    pub(super) fn claim(&self, worker: &str, lease: Duration) -> Step<Found> {
        self.sweep()?;
        let paused_until: u64 = self
            .sql
            .prepare_cached("SELECT paused_until FROM queues WHERE id = ?1")?
            .query_row([self.queue], |row| row.get(0))?;
        let mut found = None;
        if paused_until <= self.now {
            let mut take = self.sql.prepare_cached(
                "UPDATE jobs SET state = 'running', ready = 0, worker = ?2,
                    lease_until = ?3, changed_at = ?4, reason = NULL,
                    attempts = attempts + 1, token = token + 1,
                    no_return = 0, cancel_requested = 0
                 WHERE id = (SELECT id FROM jobs
                    WHERE queue = ?1 AND state = 'waiting' AND ready = 1
                    ORDER BY priority, place LIMIT 1)
                 RETURNING *",
            )?;
            let until = self.now.saturating_add(millis(lease));
            let mut rows =
                take.query(params![self.queue, worker, until, self.now])?;
            if let Some(row) = rows.next()? {
                let token = row.get("token")?;
                found = Some(Box::new(Claim { job: job(row)?, token }));
            }
            // The statement is only done when it was run to its end.
            while rows.next()?.is_some() {}
        }
        if let Some(claim) = found {
            self.touch()?;
            return Ok(Found::Job(claim));
        }
        let until: Option<u64> = self
            .sql
            .prepare_cached(
                "SELECT min(time) FROM (
                    SELECT min(due_at) AS time FROM jobs
                    WHERE queue = ?1 AND state = 'waiting' AND ready = 0
                    UNION ALL SELECT min(lease_until) FROM jobs
                    WHERE queue = ?1 AND state = 'running'
                    UNION ALL SELECT nullif(max(?2, ?3), ?3))",
            )?
            .query_row(params![self.queue, paused_until, self.now], |row| {
                row.get(0)
            })?;
        let version = version(self.sql, self.queue)?;
        Ok(Found::Nothing { version, until })
    }

    /// The fence: true if a cancel was requested, an error if the claim no
    /// longer holds the job.
    pub(super) fn held_by(&self, claim: &Claim) -> Step<bool> {
        self.sql
            .prepare_cached(
                "SELECT cancel_requested FROM jobs WHERE id = ?1
                    AND queue = ?2 AND state = 'running' AND token = ?3",
            )?
            .query_row(
                params![row_id(&claim.job.id), self.queue, claim.token],
                |row| row.get(0),
            )
            .optional()?
            .ok_or(Error::LeaseLost(claim.job.id).into())
    }

    pub(super) fn note(
        &self,
        claim: &Claim,
        note: &str,
        no_return: bool,
    ) -> Step<()> {
        self.sql
            .prepare_cached(
                "UPDATE jobs SET progress = ?2, changed_at = ?3,
                    no_return = max(no_return, ?4) WHERE id = ?1",
            )?
            .execute(params![
                row_id(&claim.job.id),
                note,
                self.now,
                no_return
            ])?;
        self.touch()?;
        Ok(())
    }

    pub(super) fn settle(&self, claim: &Claim, change: Change) -> Step<()> {
        if change.state == State::Done && self.is_done_by(claim)? {
            return Ok(());
        }
        self.held_by(claim)?;
        self.sql
            .prepare_cached(
                "UPDATE jobs SET state = :state, ready = (:due_at <= :now),
                    due_at = max(due_at, :due_at), attempts = :attempts,
                    reason = :reason, changed_at = :now,
                    progress = coalesce(:progress, progress),
                    no_return = no_return AND :state != 'waiting'
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": row_id(&claim.job.id),
                ":state": change.state.word(),
                ":due_at": change.due_at,
                ":attempts": change.attempts,
                ":reason": change.reason,
                ":progress": change.progress,
                ":now": self.now,
            })?;
        self.touch()?;
        Ok(())
    }

    fn is_done_by(&self, claim: &Claim) -> Step<bool> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT 1 FROM jobs WHERE id = ?1 AND queue = ?2
                    AND state = 'done' AND token = ?3",
            )?
            .exists(params![row_id(&claim.job.id), self.queue, claim.token])?)
    }

    pub(super) fn state(&self, id: &JobId) -> Step<State> {
        let word: String = self
            .sql
            .prepare_cached(
                "SELECT state FROM jobs WHERE id = ?1 AND queue = ?2",
            )?
            .query_row([row_id(id), self.queue], |row| row.get(0))
            .optional()?
            .ok_or(Error::NoSuchJob(*id))?;
        let detail = format!("{word:?} is no state");
        let error = Error::Foreign { id: *id, detail };
        State::from_word(&word).ok_or(error.into())
    }

    pub(super) fn cancel(&self, id: &JobId) -> Step<State> {
        self.sweep()?;
        let (state, asked) = match self.state(id)? {
            State::Cancelled => return Ok(State::Cancelled),
            state @ State::Done => {
                let what = "cancel";
                return Err(Error::NotPossible { id: *id, state, what }.into());
            }
            State::Running => (State::Running, true),
            _ => (State::Cancelled, false),
        };
        self.sql
            .prepare_cached(
                "UPDATE jobs SET state = ?2, changed_at = ?3,
                    cancel_requested = ?4 WHERE id = ?1",
            )?
            .execute(params![row_id(id), state.word(), self.now, asked])?;
        self.touch()?;
        Ok(state)
    }

    /// Puts a job that nobody holds at the end of the line.
    pub(super) fn line_up(&self, id: &JobId, anew: bool) -> Step<()> {
        let place = self.touch()?;
        self.sql
            .prepare_cached(
                "UPDATE jobs SET state = 'waiting', changed_at = ?2,
                    ready = (?4 OR due_at <= ?2), cancel_requested = 0,
                    place = iif(?4 OR due_at <= ?2, ?3, NULL), no_return = 0,
                    due_at = iif(?4, ?2, max(due_at, ?2)),
                    attempts = iif(?4, 0, attempts)
                 WHERE id = ?1",
            )?
            .execute(params![row_id(id), self.now, place, anew])?;
        Ok(())
    }
}
