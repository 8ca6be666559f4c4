//! What becomes of a job: as its worker reports, and as a person decides.

use rusqlite::{OptionalExtension, named_params, params};

use super::{QueueTx, TxResult, row::row_id};
use crate::{Claim, Error, JobId, Retry, State, job::time};

/// What a worker's verdict changes about its job.
pub(super) struct Verdict {
    pub(super) state: State,
    /// When a waiting job is due; 0 for at once.
    pub(super) due_at: u64,
    pub(super) attempts: u32,
    pub(super) reason: Option<String>,
    pub(super) progress: Option<String>,
}

impl Verdict {
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

impl QueueTx<'_> {
    /// The fence: true if a cancel was requested, an error if the claim no
    /// longer holds the job.
    pub(super) fn held_by(&self, claim: &Claim) -> TxResult<bool> {
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

    pub(super) fn set_progress(
        &self,
        claim: &Claim,
        note: &str,
        no_return: bool,
    ) -> TxResult<()> {
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
        self.bump_version()?;
        Ok(())
    }

    pub(super) fn settle(
        &self,
        claim: &Claim,
        verdict: Verdict,
    ) -> TxResult<()> {
        if self.is_settled(claim, verdict.state)? {
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
                ":state": verdict.state.as_str(),
                ":due_at": verdict.due_at,
                ":attempts": verdict.attempts,
                ":reason": verdict.reason,
                ":progress": verdict.progress,
                ":now": self.now,
            })?;
        self.bump_version()?;
        Ok(())
    }

    /// Whether this claim has ended in `state` already: its holder says the
    /// same twice.
    pub(super) fn is_settled(
        &self,
        claim: &Claim,
        state: State,
    ) -> TxResult<bool> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT 1 FROM jobs WHERE id = ?1 AND queue = ?2
                    AND state = ?3 AND token = ?4",
            )?
            .exists(params![
                row_id(&claim.job.id),
                self.queue,
                state.as_str(),
                claim.token
            ])?)
    }

    /// The answer to a retry that was said before.
    pub(super) fn retried_before(
        &self,
        claim: &Claim,
    ) -> TxResult<Option<Retry>> {
        let settled = |state| self.is_settled(claim, state);
        if settled(State::Waiting)? {
            let due_at = self
                .sql
                .prepare_cached("SELECT due_at FROM jobs WHERE id = ?1")?
                .query_row([row_id(&claim.job.id)], |row| row.get(0))?;
            return Ok(Some(Retry::At(time(due_at))));
        }
        let cancelled = settled(State::Cancelled)?.then_some(Retry::Cancelled);
        Ok(match settled(State::Dead)? {
            true => Some(Retry::Dead),
            false => cancelled,
        })
    }

    pub(super) fn state(&self, id: &JobId) -> TxResult<State> {
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
        State::parse(&word).ok_or(error.into())
    }

    pub(super) fn cancel(&self, id: &JobId) -> TxResult<State> {
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
            .execute(params![row_id(id), state.as_str(), self.now, asked])?;
        self.bump_version()?;
        Ok(state)
    }

    /// Takes a job that waits out of the line.
    pub(super) fn hold(&self, id: &JobId) -> TxResult<()> {
        self.bump_version()?;
        self.sql
            .prepare_cached(
                "UPDATE jobs SET state = 'held', changed_at = ?2, ready = 0,
                    place = NULL
                 WHERE id = ?1",
            )?
            .execute(params![row_id(id), self.now])?;
        Ok(())
    }

    /// Sends a job again that is over, with `note` as progress if there is one.
    pub(super) fn resend(
        &self,
        id: &JobId,
        note: Option<&str>,
    ) -> TxResult<()> {
        self.sweep()?;
        match self.state(id)? {
            State::Dead | State::Uncertain | State::Cancelled => {}
            state => {
                let (id, what) = (*id, "resend");
                return Err(Error::NotPossible { id, state, what }.into());
            }
        }
        if let Some(note) = note {
            self.sql
                .prepare_cached("UPDATE jobs SET progress = ?2 WHERE id = ?1")?
                .execute(params![row_id(id), note])?;
        }
        self.requeue(id, true)?;
        // What becomes of it from now on belongs to another run.
        self.sql
            .prepare_cached("UPDATE jobs SET token = token + 1 WHERE id = ?1")?
            .execute([row_id(id)])?;
        Ok(())
    }

    /// Settles an uncertain job as done.
    pub(super) fn confirm(&self, id: &JobId, note: &str) -> TxResult<()> {
        self.sweep()?;
        let state = self.state(id)?;
        if state != State::Uncertain {
            let (id, what) = (*id, "confirm");
            return Err(Error::NotPossible { id, state, what }.into());
        }
        self.sql
            .prepare_cached(
                "UPDATE jobs SET state = 'done', progress = ?2,
                    changed_at = ?3 WHERE id = ?1",
            )?
            .execute(params![row_id(id), note, self.now])?;
        self.bump_version()?;
        Ok(())
    }

    /// Puts a job that nobody holds at the end of the line.
    pub(super) fn requeue(&self, id: &JobId, anew: bool) -> TxResult<()> {
        let place = self.bump_version()?;
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
