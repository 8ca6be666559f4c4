//! What the rows of the queue's file say.

use rusqlite::{Connection, Row};

use super::{TxError, TxResult};
use crate::{Error, Job, JobId, Milestone, Priority, State};

pub(super) fn version(sql: &Connection, queue: i64) -> rusqlite::Result<u64> {
    sql.prepare_cached("SELECT version FROM queues WHERE id = ?1")?
        .query_row([queue], |row| row.get(0))
}

/// A job's number as SQLite counts: no row has a negative one.
pub(super) fn row_id(id: &JobId) -> i64 {
    i64::try_from(id.0).unwrap_or(-1)
}

pub(super) fn job(row: &Row) -> TxResult<Job> {
    let id = JobId(row.get("id")?);
    let foreign =
        |detail: String| TxError::Queue(Error::Foreign { id, detail });
    // SQLite keeps any bytes as text: only UTF-8 leaves it.
    let text = |column: &str| -> TxResult<Option<String>> {
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
        state: State::parse(&state)
            .ok_or_else(|| foreign(format!("{state:?} is no state")))?,
        lane: text("lane")?.unwrap_or_default(),
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
        begun_at: row.get("begun_at")?,
        due_at: row.get("due_at")?,
        changed_at: row.get("changed_at")?,
    })
}

/// A row of milestones, joined with the job that it tells of.
pub(super) fn milestone(row: &Row) -> TxResult<Milestone> {
    Ok(Milestone {
        number: row.get("number")?,
        run: row.get("run")?,
        job: job(row)?,
    })
}
