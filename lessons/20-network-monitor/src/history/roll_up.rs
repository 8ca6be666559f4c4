//! Closes an hour: its samples are packed, and what they come to is kept.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::block::{self, Point};
use super::level::Level;
use super::recent::Recent;
use super::sample::{HOUR, MINUTE, start_of};
use super::summary::{self, Bin};
use super::{Fault, Step};
use crate::watch::Retention;

/// So many hours at most are deleted at once: who shortens the retention by
/// years must not stop the monitor for a minute.
const AT_ONCE: i64 = 24 * HOUR;

/// Moves the samples of an hour from `recent` into blocks and summaries. Run
/// again with samples that came late, it takes them along.
pub(super) fn close(sql: &Connection, recent: &Recent, hour: i64) -> Step<()> {
    for (series, points) in recent.hour(hour) {
        take_in(sql, series, hour, points)?;
    }
    sql.prepare_cached("DELETE FROM recent WHERE at BETWEEN ?1 AND ?2")?
        .execute([hour, hour + HOUR - 1])?;
    sql.prepare_cached("INSERT OR IGNORE INTO measured VALUES (?1)")?
        .execute([hour])?;
    Ok(())
}

fn take_in(
    sql: &Connection,
    series: i64,
    hour: i64,
    new: &[Point],
) -> Step<()> {
    let mut points = Vec::with_capacity(new.len());
    let is_packed = read_block(sql, series, hour, &mut points)?;
    let known = summary::find(sql, Level::Hour, series, hour)?;
    if known.is_some() && !is_packed {
        // Its samples are too old to be kept, so the new ones are too; what
        // they come to is not.
        put_minutes(sql, series, new, true)?;
        return put(sql, Level::Hour, series, hour, new, true);
    }
    points.extend_from_slice(new);
    if is_packed {
        in_order(hour, &mut points);
    }
    sql.prepare_cached(
        "INSERT INTO block (series, hour, samples) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET samples = excluded.samples",
    )?
    .execute(params![series, hour, block::encode(hour, &points)])?;
    put_minutes(sql, series, &points, false)?;
    put(sql, Level::Hour, series, hour, &points, false)
}

fn put_minutes(
    sql: &Connection,
    series: i64,
    points: &[Point],
    add: bool,
) -> Step<()> {
    let minute = |point: &Point| start_of(point.at, MINUTE);
    for points in points.chunk_by(|one, next| minute(one) == minute(next)) {
        let at = minute(&points[0]);
        put(sql, Level::Minute, series, at, points, add)?;
    }
    Ok(())
}

/// Keeps what samples come to, alone or together with what is kept already.
fn put(
    sql: &Connection,
    level: Level,
    series: i64,
    at: i64,
    points: &[Point],
    add: bool,
) -> Step<()> {
    let mut bin = Bin::default();
    if add && let Some((known, sketch)) = summary::find(sql, level, series, at)?
    {
        bin.add_part(&known, sketch);
    }
    points.iter().for_each(|point| bin.add(point.value));
    summary::put(sql, level, series, at, &mut bin)
}

/// Adds the samples of a closed hour. Whether there is one.
pub(super) fn read_block(
    sql: &Connection,
    series: i64,
    hour: i64,
    points: &mut Vec<Point>,
) -> Step<bool> {
    let bytes: Option<Vec<u8>> = sql
        .prepare_cached(
            "SELECT samples FROM block WHERE series = ?1 AND hour = ?2",
        )?
        .query_row([series, hour], |row| row.get(0))
        .optional()?;
    let Some(bytes) = bytes else { return Ok(false) };
    block::decode(hour, &bytes, points).ok_or(Fault::Block { series, hour })?;
    Ok(true)
}

/// Sorts samples by time and moves those of one millisecond apart, within
/// their hour as long as it has room.
fn in_order(hour: i64, points: &mut [Point]) {
    points.sort_by_key(|point| point.at);
    let mut free = hour;
    for point in points.iter_mut() {
        point.at = point.at.max(free);
        free = point.at + 1;
    }
    let mut last = hour + HOUR - 1;
    for point in points.iter_mut().rev() {
        if point.at <= last {
            break;
        }
        point.at = last.max(hour);
        last = point.at - 1;
    }
}

/// Deletes what is older than it shall be.
///
/// Age is the number of later hours in which something was measured. So a
/// clock that stands in the year 2099 for ten minutes makes everything one
/// hour older, and a monitor that was off for a month still has the week
/// before.
pub(super) fn prune(sql: &Connection, keep: &Retention) -> Step<()> {
    let cut = |age: Duration| -> Step<Option<i64>> {
        let hours = age.as_millis().div_ceil(HOUR.unsigned_abs().into());
        let hours = i64::try_from(hours).unwrap_or(i64::MAX);
        Ok(sql
            .prepare_cached(
                "SELECT hour FROM measured ORDER BY hour DESC
                 LIMIT 1 OFFSET ?1",
            )?
            .query_row([hours.saturating_sub(1).max(0)], |row| row.get(0))
            .optional()?)
    };
    let (raw, minute, hour) =
        (cut(keep.raw)?, cut(keep.minute)?, cut(keep.hour)?);
    let series: Vec<i64> = sql
        .prepare_cached("SELECT id FROM series")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for (table, column, cut) in
        [("block", "hour", raw), ("minute", "at", minute), ("hour", "at", hour)]
    {
        let Some(cut) = cut else { continue };
        for series in &series {
            sql.prepare_cached(&format!(
                "DELETE FROM {table} WHERE series = ?1 AND {column} < min(
                     ?2, (SELECT min({column}) + ?3 FROM {table}
                          WHERE series = ?1))"
            ))?
            .execute([*series, cut, AT_ONCE])?;
        }
    }
    if let Some(cut) = hour {
        for (table, column) in
            [("result", "at"), ("note", "at"), ("measured", "hour")]
        {
            sql.prepare_cached(&format!(
                "DELETE FROM {table} WHERE {column} < ?1"
            ))?
            .execute([cut])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_millisecond_move_apart_and_stay_in_their_hour() {
        let point = |at| Point { at, value: 1.0, words: 0 };
        let mut points = [5, 5, 5, 7, HOUR - 1, HOUR - 1].map(point);
        in_order(0, &mut points);
        let times = points.map(|point| point.at);
        assert_eq!(times, [5, 6, 7, 8, HOUR - 2, HOUR - 1]);
    }
}
