//! A record: one job that came to an end.

use job_queue::State;
use rusqlite::{Row, types::FromSql};
use serde::Serialize;

/// What is known of a job that came to an end, once or more often. As JSON:
/// states are lower-case words, times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The job's number in the queue.
    pub job: String,
    /// The person who asked; empty when nobody signed in.
    pub user: String,
    /// The printer's name.
    pub printer: String,
    /// The document's name, unless names are not kept.
    pub name: Option<String>,
    /// From where it came.
    pub origin: Option<String>,
    /// Page sides that are on paper, of all runs together.
    pub pages: u32,
    /// Sheets of paper that they took.
    pub sheets: u32,
    /// Page sides that were asked for, the last time.
    pub ordered: u32,
    /// Colour, or grey.
    pub color: bool,
    /// When it was asked for.
    pub asked_at: u64,
    /// When its printing last began, if it did.
    pub begun_at: Option<u64>,
    /// When it came to its end.
    pub ended_at: u64,
    /// The same as a local time, such as `2026-11-28 16:30:05`.
    pub ended: String,
    /// How it ended.
    pub state: Outcome,
    /// Why, if there is a reason.
    pub reason: Option<String>,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All of it is on paper.
    Printed,
    /// It could not be printed.
    Failed,
    /// Somebody called it off.
    Cancelled,
    /// Nobody knows whether all of it is on paper, until a person says so.
    Uncertain,
    /// It has ended before, was sent again, and has not ended since.
    Waiting,
}

impl Outcome {
    pub(crate) fn of(state: State) -> Outcome {
        match state {
            State::Done => Outcome::Printed,
            State::Dead => Outcome::Failed,
            State::Cancelled => Outcome::Cancelled,
            State::Uncertain => Outcome::Uncertain,
            State::Waiting | State::Held | State::Running => Outcome::Waiting,
        }
    }

    /// The lower-case word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Printed => "printed",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
            Outcome::Uncertain => "uncertain",
            Outcome::Waiting => "waiting",
        }
    }
}

impl FromSql for Outcome {
    fn column_result(
        value: rusqlite::types::ValueRef<'_>,
    ) -> rusqlite::types::FromSqlResult<Self> {
        use Outcome::{Cancelled, Failed, Printed, Uncertain, Waiting};
        let word = value.as_str()?;
        [Printed, Failed, Cancelled, Uncertain, Waiting]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
            .ok_or(rusqlite::types::FromSqlError::InvalidType)
    }
}

/// The columns of a record, as [`record`] reads them.
pub(crate) const COLUMNS: &str = "id, job, user, printer, name, origin, pages,
    sheets, ordered, color, asked_at, begun_at, ended_at,
    strftime('%Y-%m-%d %H:%M:%S', ended_at / 1000, 'unixepoch', 'localtime')
        AS ended, state, reason";

pub(crate) fn record(row: &Row) -> rusqlite::Result<Record> {
    Ok(Record {
        job: row.get::<_, u64>("job")?.to_string(),
        user: row.get("user")?,
        printer: row.get("printer")?,
        name: row.get("name")?,
        origin: row.get("origin")?,
        pages: row.get("pages")?,
        sheets: row.get("sheets")?,
        ordered: row.get("ordered")?,
        color: row.get("color")?,
        asked_at: row.get("asked_at")?,
        begun_at: row.get("begun_at")?,
        ended_at: row.get("ended_at")?,
        ended: row.get("ended")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
    })
}
