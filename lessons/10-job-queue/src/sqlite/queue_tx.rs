//! One queue inside one transaction: jobs are put in and taken out.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{
    TxResult,
    lane::Standstill,
    row::{job, row_id, version},
};
use crate::{Claim, Enqueued, Error, JobId, NewJob, State, job::millis};

/// How long an idempotency key is remembered, in milliseconds.
pub(super) const KEY_LIFE: u64 = 24 * 60 * 60 * 1000;

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
pub(super) struct QueueTx<'t> {
    pub(super) sql: &'t Connection,
    pub(super) queue: i64,
    pub(super) lane: &'t str,
    /// Unix milliseconds.
    pub(super) now: u64,
}

impl QueueTx<'_> {
    /// Counts a change; the new version also serves as a new place in line.
    pub(super) fn bump_version(&self) -> TxResult<u64> {
        Ok(self
            .sql
            .prepare_cached(
                "UPDATE queues SET version = version + 1 WHERE id = ?1
                 RETURNING version",
            )?
            .query_row([self.queue], |row| row.get(0))?)
    }

    pub(super) fn enqueue(&self, job: &NewJob) -> TxResult<Enqueued> {
        let digest = Sha256::digest(&job.payload).to_vec();
        if let Some(key) = &job.key
            && let Some(id) = self.job_with_key(key, &digest)?
        {
            return Ok(Enqueued { id, fresh: false });
        }
        let version = self.bump_version()?;
        let ready = !job.held && job.delay.is_zero();
        let state = if job.held { State::Held } else { State::Waiting };
        self.sql
            .prepare_cached(
                "INSERT INTO jobs (queue, state, payload, priority,
                    max_attempts, first_retry, queued_at, due_at, changed_at,
                    place, ready, id, outbox, lane)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9, ?10, ?11,
                    ?12, ?13)",
            )?
            .execute(params![
                self.queue,
                state.as_str(),
                job.payload,
                job.priority.rank(),
                job.max_attempts.max(1),
                millis(job.first_retry),
                self.now,
                self.now.saturating_add(millis(job.delay)),
                ready.then_some(version),
                ready,
                job.id.as_ref().map(row_id),
                job.outbox,
                self.lane,
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

    /// Takes the next job's number, as SQLite would with the next row.
    pub(super) fn reserve(&self) -> TxResult<JobId> {
        self.sql
            .prepare_cached(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'jobs', 0
                 WHERE NOT EXISTS
                    (SELECT 1 FROM sqlite_sequence WHERE name = 'jobs')",
            )?
            .execute([])?;
        Ok(JobId(
            self.sql
                .prepare_cached(
                    "UPDATE sqlite_sequence SET seq = seq + 1
                     WHERE name = 'jobs' RETURNING seq",
                )?
                .query_row([], |row| row.get(0))?,
        ))
    }

    /// The job that has this idempotency key.
    fn job_with_key(
        &self,
        key: &str,
        digest: &[u8],
    ) -> TxResult<Option<JobId>> {
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
    pub(super) fn sweep(&self) -> TxResult<()> {
        self.shorten_what_lasts_too_long()?;
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
            self.bump_version()?;
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
                .execute(params![id, self.bump_version()?])?;
        }
        Ok(())
    }

    // ANCHOR: claim
    /// Takes the first job that is due, or says until when there is none.
    pub(super) fn claim(
        &self,
        worker: &str,
        lease: Duration,
    ) -> TxResult<Found> {
        self.sweep()?;
        let Standstill { paused_until, halted } = self.standstill()?;
        if paused_until <= self.now
            && !halted
            && self.is_free_for(worker)?
            && let Some(claim) = self.take_first(worker, lease)?
        {
            self.bump_version()?;
            return Ok(Found::Job(Box::new(claim)));
        }
        let until = self.next_event(paused_until)?;
        let version = version(self.sql, self.queue)?;
        Ok(Found::Nothing { version, until })
    }

    /// One statement finds the job, takes it and counts the attempt.
    fn take_first(
        &self,
        worker: &str,
        lease: Duration,
    ) -> TxResult<Option<Claim>> {
        let mut take = self.sql.prepare_cached(
            "UPDATE jobs SET state = 'running', ready = 0, worker = ?2,
                lease_until = ?3, changed_at = ?4, reason = NULL,
                lease_length = ?5, begun_at = ?4,
                attempts = attempts + 1, token = token + 1,
                no_return = 0, cancel_requested = 0
             WHERE id = (SELECT id FROM jobs
                WHERE queue = ?1 AND lane = ?6
                    AND state = 'waiting' AND ready = 1
                ORDER BY priority, place LIMIT 1)
             RETURNING *",
        )?;
        let until = self.now.saturating_add(millis(lease));
        let mut rows = take.query(params![
            self.queue,
            worker,
            until,
            self.now,
            millis(lease),
            self.lane
        ])?;
        let mut claim = None;
        // Run to its end, or the statement is not done.
        while let Some(row) = rows.next()? {
            let token = row.get("token")?;
            claim = Some(Claim { job: job(row)?, token });
        }
        Ok(claim)
    }
    // ANCHOR_END: claim

    /// The earliest time at which a job is due, a lease is over, or the pause.
    fn next_event(&self, paused_until: u64) -> TxResult<Option<u64>> {
        Ok(self
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
            })?)
    }
}
