//! What is kept whole: results of speed tests, notes, texts under a key.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::Value;

use super::Step;

/// What a speed test found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The speed test.
    pub name: String,
    /// Its report.
    pub report: Value,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// What, for a person.
    pub words: String,
}

pub(super) fn put_result(sql: &Connection, kept: &Kept) -> Step<()> {
    sql.prepare_cached(
        "INSERT INTO result (at, name, report) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![kept.at, kept.name, kept.report.to_string()])?;
    Ok(())
}

pub(super) fn put_note(sql: &Connection, note: &Note) -> Step<()> {
    sql.prepare_cached("INSERT INTO note (at, words) VALUES (?1, ?2)")?
        .execute(params![note.at, note.words])?;
    Ok(())
}

pub(super) fn put_state(sql: &Connection, key: &str, text: &str) -> Step<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO state VALUES (?1, ?2)")?
        .execute([key, text])?;
    Ok(())
}

pub(super) fn results(
    sql: &Connection,
    from: i64,
    to: i64,
    limit: usize,
) -> Step<Vec<Kept>> {
    let mut last = sql
        .prepare_cached(
            "SELECT at, name, report FROM result
             WHERE at BETWEEN ?1 AND ?2 ORDER BY at DESC, id DESC LIMIT ?3",
        )?
        .query_map(params![from, to, rows(limit)], result)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    last.reverse();
    Ok(last)
}

pub(super) fn latest_result(
    sql: &Connection,
    name: &str,
) -> Step<Option<Kept>> {
    Ok(sql
        .prepare_cached(
            "SELECT at, name, report FROM result
             WHERE name = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([name], result)
        .optional()?)
}

fn result(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let report: String = row.get(2)?;
    // Only by another program's hand can it be no JSON.
    let report = serde_json::from_str(&report).unwrap_or(Value::String(report));
    Ok(Kept { at: row.get(0)?, name: row.get(1)?, report })
}

pub(super) fn notes(
    sql: &Connection,
    from: i64,
    to: i64,
    limit: usize,
) -> Step<Vec<Note>> {
    let mut last = sql
        .prepare_cached(
            "SELECT at, words FROM note
             WHERE at BETWEEN ?1 AND ?2 ORDER BY at DESC, id DESC LIMIT ?3",
        )?
        .query_map(params![from, to, rows(limit)], |row| {
            Ok(Note { at: row.get(0)?, words: row.get(1)? })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    last.reverse();
    Ok(last)
}

pub(super) fn state(sql: &Connection, key: &str) -> Step<Option<String>> {
    Ok(sql
        .prepare_cached("SELECT text FROM state WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
