//! Records that are kept whole: results of speed tests, notes, and texts under
//! a key.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::Value;

use crate::error::RawResult;

/// The result of a speed test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestResult {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The speed test's name.
    pub name: String,
    /// Its report.
    pub report: Value,
}

/// A note of something that happened, such as a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// What happened, for a person.
    pub words: String,
}

pub(crate) fn put_result(
    sql: &Connection,
    result: &TestResult,
) -> RawResult<()> {
    sql.prepare_cached(
        "INSERT INTO result (at, name, report) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![
        result.at,
        result.name,
        result.report.to_string()
    ])?;
    Ok(())
}

pub(crate) fn put_note(sql: &Connection, note: &Note) -> RawResult<()> {
    sql.prepare_cached("INSERT INTO note (at, words) VALUES (?1, ?2)")?
        .execute(params![note.at, note.words])?;
    Ok(())
}

pub(crate) fn set_state(
    sql: &Connection,
    key: &str,
    text: &str,
) -> RawResult<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO state VALUES (?1, ?2)")?
        .execute([key, text])?;
    Ok(())
}

pub(crate) fn results(
    sql: &Connection,
    from: i64,
    to: i64,
    limit: usize,
) -> RawResult<Vec<TestResult>> {
    let mut last = sql
        .prepare_cached(
            "SELECT at, name, report FROM result
             WHERE at BETWEEN ?1 AND ?2 ORDER BY at DESC, id DESC LIMIT ?3",
        )?
        .query_map(params![from, to, sql_limit(limit)], read_result)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    last.reverse();
    Ok(last)
}

pub(crate) fn latest_result(
    sql: &Connection,
    name: &str,
) -> RawResult<Option<TestResult>> {
    Ok(sql
        .prepare_cached(
            "SELECT at, name, report FROM result
             WHERE name = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([name], read_result)
        .optional()?)
}

fn read_result(row: &Row<'_>) -> rusqlite::Result<TestResult> {
    let report: String = row.get(2)?;
    // Another program may have put something else than JSON there.
    let report = serde_json::from_str(&report).unwrap_or(Value::String(report));
    Ok(TestResult { at: row.get(0)?, name: row.get(1)?, report })
}

pub(crate) fn notes(
    sql: &Connection,
    from: i64,
    to: i64,
    limit: usize,
) -> RawResult<Vec<Note>> {
    let mut last = sql
        .prepare_cached(
            "SELECT at, words FROM note
             WHERE at BETWEEN ?1 AND ?2 ORDER BY at DESC, id DESC LIMIT ?3",
        )?
        .query_map(params![from, to, sql_limit(limit)], |row| {
            Ok(Note { at: row.get(0)?, words: row.get(1)? })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    last.reverse();
    Ok(last)
}

pub(crate) fn state(sql: &Connection, key: &str) -> RawResult<Option<String>> {
    Ok(sql
        .prepare_cached("SELECT text FROM state WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
