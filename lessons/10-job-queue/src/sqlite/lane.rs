//! A lane inside one transaction: whether it stands still, whose it is, and
//! the way into another.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{QueueTx, TxResult, row::row_id};
use crate::{Error, JobId, State, job::millis};

/// When and why a lane stands still.
#[derive(Default)]
pub(super) struct Standstill {
    /// The end of its pause, in unix milliseconds.
    pub(super) paused_until: u64,
    /// Whether a person has to resume it.
    pub(super) halted: bool,
}

impl QueueTx<'_> {
    pub(super) fn standstill(&self) -> TxResult<Standstill> {
        let found = self
            .sql
            .prepare_cached(
                "SELECT paused_until, halted IS NOT NULL FROM lanes
                 WHERE queue = ?1 AND name = ?2",
            )?
            .query_row(params![self.queue, self.lane], |row| {
                Ok(Standstill {
                    paused_until: row.get(0)?,
                    halted: row.get(1)?,
                })
            })
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    // ANCHOR: free
    /// Whether this worker may take a job: a lane with a name belongs to the
    /// worker that holds one of its jobs.
    pub(super) fn is_free_for(&self, worker: &str) -> TxResult<bool> {
        if self.lane.is_empty() {
            return Ok(true);
        }
        let mut other = self.sql.prepare_cached(
            "SELECT 1 FROM jobs WHERE queue = ?1 AND state = 'running'
                AND lane = ?2 AND worker != ?3",
        )?;
        Ok(!other.exists(params![self.queue, self.lane, worker])?)
    }
    // ANCHOR_END: free

    pub(super) fn pause(&self, reason: &str, time: Duration) -> TxResult<()> {
        let until = self.now.saturating_add(millis(time));
        self.sql
            .prepare_cached(
                "INSERT INTO lanes
                    (queue, name, paused_until, pause_reason, pause_length)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET paused_until = ?3,
                    pause_reason = ?4, pause_length = ?5",
            )?
            .execute(params![
                self.queue,
                self.lane,
                until,
                reason,
                millis(time)
            ])?;
        self.bump_version()?;
        Ok(())
    }

    /// Stands still with this reason until it is taken away.
    pub(super) fn set_halt(&self, reason: Option<&str>) -> TxResult<()> {
        self.sql
            .prepare_cached(
                "INSERT INTO lanes (queue, name, halted) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET halted = ?3",
            )?
            .execute(params![self.queue, self.lane, reason])?;
        self.bump_version()?;
        Ok(())
    }

    /// Puts a job that nobody holds at the end of another lane.
    pub(super) fn move_to(&self, id: &JobId, lane: &str) -> TxResult<()> {
        self.sweep()?;
        if let state @ (State::Running | State::Done) = self.state(id)? {
            let (id, what) = (*id, "move");
            return Err(Error::NotPossible { id, state, what }.into());
        }
        if self.lane_of(id)? == lane {
            return Ok(());
        }
        let place = self.bump_version()?;
        // What has a place in the line is there, or waits for a retry.
        self.sql
            .prepare_cached(
                "UPDATE jobs SET lane = :lane, changed_at = :now,
                    due_at = iif(place IS NULL, due_at, min(due_at, :now)),
                    ready = (state = 'waiting' AND place IS NOT NULL),
                    place = iif(place IS NULL, NULL, :place)
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": row_id(id),
                ":lane": lane,
                ":place": place,
                ":now": self.now,
            })?;
        Ok(())
    }

    fn lane_of(&self, id: &JobId) -> TxResult<String> {
        Ok(self
            .sql
            .prepare_cached("SELECT lane FROM jobs WHERE id = ?1")?
            .query_row([row_id(id)], |row| row.get(0))?)
    }
}

/// Why a lane stands still at this time, if it does.
pub(super) fn why_still(
    sql: &Connection,
    queue: i64,
    lane: &str,
    now: u64,
) -> TxResult<Option<String>> {
    Ok(sql
        .prepare_cached(
            "SELECT coalesce(halted, pause_reason) FROM lanes
             WHERE queue = ?1 AND name = ?2
                AND (halted IS NOT NULL OR paused_until > ?3)",
        )?
        .query_row(params![queue, lane, now], |row| row.get(0))
        .optional()?)
}
