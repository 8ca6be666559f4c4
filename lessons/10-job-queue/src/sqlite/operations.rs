//! The operations of [`Queue`]: each is one transaction.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::{OptionalExtension, params};

use super::{
    Sqlite,
    lane::why_still,
    queue_tx::{Found, KEY_LIFE},
    row::{job, milestone, row_id, version},
    verdict::Verdict,
};
use crate::{
    Claim, Enqueued, Error, Job, JobId, Milestone, NewJob, Queue, Result,
    Retry, Signal, State, backoff,
    job::{millis, now, time},
};

impl Queue for Sqlite {
    fn lane(&self, name: &str) -> Arc<dyn Queue> {
        Arc::new(self.in_lane(name))
    }

    fn enqueue(&self, job: NewJob) -> Result<Enqueued> {
        job.check()?;
        self.write(move |tx| tx.enqueue(&job))
    }

    fn enqueue_all(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        jobs.iter().try_for_each(NewJob::check)?;
        self.write(move |tx| jobs.iter().map(|job| tx.enqueue(job)).collect())
    }

    fn enqueued(&self, key: &str) -> Result<Option<JobId>> {
        let young = now().saturating_sub(KEY_LIFE);
        self.read(|sql| {
            let job: Option<u64> = sql
                .prepare_cached(
                    "SELECT job FROM keys
                     WHERE queue = ?1 AND key = ?2 AND seen_at > ?3",
                )?
                .query_row(params![self.opened.queue, key, young], |row| {
                    row.get(0)
                })
                .optional()?;
            Ok(job.map(JobId))
        })
    }

    fn reserve(&self) -> Result<JobId> {
        self.write_unsynced(|tx| tx.reserve())
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
                self.write_unsynced(move |tx| tx.claim(&name, lease))?;
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
            self.opened.signal.wait(version, due.min(deadline));
        }
    }

    fn renew(&self, claim: &Claim, lease: Duration) -> Result<Signal> {
        let claim = claim.clone();
        self.write_unsynced(move |tx| {
            let cancelled = tx.held_by(&claim)?;
            let until = tx.now.saturating_add(millis(lease));
            tx.sql
                .prepare_cached(
                    "UPDATE jobs SET lease_until = max(lease_until, ?2),
                        lease_length = max(lease_length, ?3)
                     WHERE id = ?1",
                )?
                .execute(params![
                    row_id(&claim.job.id),
                    until,
                    millis(lease)
                ])?;
            Ok(signal(cancelled))
        })
    }

    fn progress(&self, claim: &Claim, note: &str) -> Result<Signal> {
        let (claim, note) = (claim.clone(), note.to_owned());
        self.write_unsynced(move |tx| {
            let cancelled = tx.held_by(&claim)?;
            tx.set_progress(&claim, &note, false)?;
            Ok(signal(cancelled))
        })
    }

    fn point_of_no_return(&self, claim: &Claim, note: &str) -> Result<()> {
        let (claim, note) = (claim.clone(), note.to_owned());
        self.write(move |tx| {
            if tx.held_by(&claim)? {
                return Err(Error::Cancelled(claim.job.id).into());
            }
            tx.set_progress(&claim, &note, true)
        })
    }

    fn complete(&self, claim: Claim, note: &str) -> Result<()> {
        self.settle(&claim, Verdict::to(State::Done, &claim).noting(note))
    }

    fn complete_and_claim(
        &self,
        claim: Claim,
        note: &str,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Claim>> {
        let verdict = Verdict::to(State::Done, &claim).noting(note);
        let worker = worker.to_owned();
        self.write(move |tx| {
            tx.settle(&claim, verdict)?;
            Ok(match tx.claim(&worker, lease)? {
                Found::Job(claim) => Some(*claim),
                Found::Nothing { .. } => None,
            })
        })
    }

    fn retry(&self, claim: Claim, reason: &str) -> Result<Retry> {
        let reason = reason.to_owned();
        self.write(move |tx| {
            if let Some(retry) = tx.retried_before(&claim)? {
                return Ok(retry);
            }
            let cancelled = tx.held_by(&claim)?;
            let job = &claim.job;
            let last = job.attempts >= job.max_attempts;
            let first = Duration::from_millis(job.first_retry);
            let pause = millis(backoff::pause(first, job.attempts));
            let at = tx.now.saturating_add(pause);
            let (state, due_at, retry) = match (cancelled, last) {
                (true, _) => (State::Cancelled, 0, Retry::Cancelled),
                (_, true) => (State::Dead, 0, Retry::Dead),
                _ => (State::Waiting, at, Retry::At(time(at))),
            };
            let verdict = Verdict::to(state, &claim).because(&reason);
            tx.settle(&claim, Verdict { due_at, ..verdict })?;
            Ok(retry)
        })
    }

    fn bury(&self, claim: Claim, reason: &str) -> Result<()> {
        self.settle(&claim, Verdict::to(State::Dead, &claim).because(reason))
    }

    fn hand_back(&self, claim: Claim, reason: &str) -> Result<()> {
        self.postpone(claim, reason, Duration::ZERO)
    }

    fn postpone(
        &self,
        claim: Claim,
        reason: &str,
        pause: Duration,
    ) -> Result<()> {
        let reason = reason.to_owned();
        self.write(move |tx| {
            if tx.retried_before(&claim)?.is_some() {
                return Ok(());
            }
            let cancelled = tx.held_by(&claim)?;
            let (state, due_at) = match cancelled {
                true => (State::Cancelled, 0),
                false if pause.is_zero() => (State::Waiting, 0),
                false => {
                    let at = tx.now.saturating_add(millis(pause));
                    (State::Waiting, at)
                }
            };
            let attempts = claim.job.attempts.saturating_sub(1);
            let verdict = Verdict::to(state, &claim).because(&reason);
            tx.settle(&claim, Verdict { attempts, due_at, ..verdict })
        })
    }

    fn uncertain(&self, claim: Claim, reason: &str) -> Result<()> {
        self.settle(
            &claim,
            Verdict::to(State::Uncertain, &claim).because(reason),
        )
    }

    fn settle_cancelled(&self, claim: Claim, note: &str) -> Result<()> {
        self.settle(&claim, Verdict::to(State::Cancelled, &claim).noting(note))
    }

    fn cancel(&self, id: &JobId) -> Result<State> {
        let id = *id;
        self.write(move |tx| tx.cancel(&id))
    }

    fn hold(&self, id: &JobId) -> Result<()> {
        let id = *id;
        self.write(move |tx| match tx.state(&id)? {
            State::Waiting => tx.hold(&id),
            state => {
                let what = "hold";
                Err(Error::NotPossible { id, state, what }.into())
            }
        })
    }

    fn release(&self, id: &JobId) -> Result<()> {
        let id = *id;
        self.write(move |tx| match tx.state(&id)? {
            State::Held => tx.requeue(&id, false),
            state => {
                let what = "release";
                Err(Error::NotPossible { id, state, what }.into())
            }
        })
    }

    fn move_to(&self, id: &JobId, lane: &str) -> Result<()> {
        let (id, lane) = (*id, lane.to_owned());
        self.write(move |tx| tx.move_to(&id, &lane))
    }

    fn resend(&self, id: &JobId) -> Result<()> {
        let id = *id;
        self.write(move |tx| tx.resend(&id, None))
    }

    fn resend_noting(&self, id: &JobId, note: &str) -> Result<()> {
        let (id, note) = (*id, note.to_owned());
        self.write(move |tx| tx.resend(&id, Some(&note)))
    }

    fn confirm(&self, id: &JobId, note: &str) -> Result<()> {
        let (id, note) = (*id, note.to_owned());
        self.write(move |tx| tx.confirm(&id, &note))
    }

    fn pause(&self, reason: &str, time: Duration) -> Result<()> {
        let reason = reason.to_owned();
        self.write(move |tx| tx.pause(&reason, time))
    }

    fn end_pause(&self) -> Result<()> {
        self.pause("", Duration::ZERO)
    }

    fn halt(&self, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.write(move |tx| tx.set_halt(Some(&reason)))
    }

    fn resume(&self) -> Result<()> {
        self.write(move |tx| tx.set_halt(None))?;
        self.end_pause()
    }

    fn paused(&self) -> Result<Option<String>> {
        self.read(|sql| why_still(sql, self.opened.queue, &self.lane, now()))
    }

    fn declare_dead(&self, names: &str) -> Result<()> {
        let names = names.to_owned();
        self.write(move |tx| tx.declare_dead(&names))
    }

    fn check(&self) -> Result<()> {
        self.write_unsynced(|tx| {
            tx.sql
                .prepare_cached(
                    "UPDATE queues SET version = version WHERE id = ?1",
                )?
                .execute([tx.queue])?;
            Ok(())
        })
    }

    fn job(&self, id: &JobId) -> Result<Option<Job>> {
        self.read(|sql| {
            let mut select = sql.prepare_cached(
                "SELECT * FROM jobs WHERE id = ?1 AND queue = ?2",
            )?;
            let mut rows = select.query([row_id(id), self.opened.queue])?;
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
            select.query_and_then([self.opened.queue, limit], job)?.collect()
        })
    }

    fn pending(&self) -> Result<Vec<Job>> {
        self.read(|sql| {
            let mut select = sql.prepare_cached(
                "SELECT * FROM jobs WHERE queue = ?1
                    AND state IN ('waiting', 'held', 'running')
                 ORDER BY id DESC",
            )?;
            select.query_and_then([self.opened.queue], job)?.collect()
        })
    }

    fn version(&self) -> Result<u64> {
        self.read(|sql| Ok(version(sql, self.opened.queue)?))
    }

    fn wait_for_change(&self, seen: u64, wait: Duration) -> Result<u64> {
        let deadline = crate::deadline(wait);
        loop {
            let version = self.version()?;
            if version != seen || Instant::now() >= deadline {
                return Ok(version);
            }
            self.opened.signal.wait(version, deadline);
        }
    }

    fn outbox(&self, name: &str, limit: usize) -> Result<Vec<Milestone>> {
        self.read(|sql| {
            // The job's own columns but for those that have changed since.
            let mut select = sql.prepare_cached(
                "SELECT number, run, jobs.id, milestones.state,
                    milestones.lane, payload, priority, attempts,
                    max_attempts, first_retry, milestones.reason,
                    milestones.progress, worker, no_return,
                    cancel_requested, queued_at, milestones.begun_at,
                    due_at, at AS changed_at
                 FROM milestones JOIN jobs ON jobs.id = job
                 WHERE milestones.outbox = ?1 AND queue = ?2
                 ORDER BY number LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = params![name, self.opened.queue, limit];
            select.query_and_then(found, milestone)?.collect()
        })
    }

    fn clear_outbox(&self, name: &str, up_to: u64) -> Result<()> {
        let name = name.to_owned();
        let up_to = i64::try_from(up_to).unwrap_or(i64::MAX);
        // No change that a reader sees, nor one that must not come undone.
        self.write_unsynced(move |tx| {
            tx.sql
                .prepare_cached(
                    "DELETE FROM milestones WHERE outbox = ?1
                        AND number <= ?2
                        AND (SELECT queue FROM jobs WHERE id = job) = ?3",
                )?
                .execute(params![name, up_to, tx.queue])?;
            Ok(())
        })
    }

    fn forget_finished(&self, older_than: Duration) -> Result<u64> {
        let before = now().saturating_sub(millis(older_than));
        let mut forgotten = 0;
        loop {
            // At most 1,000 at a time, so that others get their turn.
            let some = self.write(move |tx| {
                let some = tx
                    .sql
                    .prepare_cached(
                        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
                            WHERE queue = ?1 AND changed_at <= ?2
                                AND state IN ('done', 'cancelled')
                                AND NOT EXISTS (SELECT 1 FROM milestones
                                    WHERE job = jobs.id)
                            LIMIT 1000)",
                    )?
                    .execute(params![tx.queue, before])?;
                if some > 0 {
                    tx.bump_version()?;
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
        format!("SQLite at {}", self.opened.file.path().display())
    }
}

fn signal(cancelled: bool) -> Signal {
    if cancelled { Signal::Cancelled } else { Signal::Continue }
}
