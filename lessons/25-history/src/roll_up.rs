//! The roll-up: an hour that is over is packed and summarised, and what has
//! become too old is deleted.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::Retention;
use crate::block::{self, Point};
use crate::error::{RawError, RawResult};
use crate::pack::{self, Level};
use crate::recent::Recent;
use crate::sample::{HOUR, start_of};
use crate::summary::Bin;

// How much of an hour is kept, as the table `measured` says it.
const ALL: i64 = 3;
const NO_SAMPLES: i64 = 2;
const HOUR_ALONE: i64 = 1;

/// The most hours of which something is deleted in one transaction: somebody
/// who shortens the retention by years must not stop the monitor for a minute.
const AT_ONCE: usize = 24;

/// Moves the samples of an hour from `recent` into blocks and summaries. An
/// hour that is closed already takes the samples that came late along.
pub(crate) fn close(
    sql: &Connection,
    recent: &Recent,
    hour: i64,
) -> RawResult<()> {
    sql.prepare_cached("INSERT OR IGNORE INTO measured (hour) VALUES (?1)")?
        .execute([hour])?;
    let holds: i64 = sql
        .prepare_cached("SELECT holds FROM measured WHERE hour = ?1")?
        .query_row([hour], |row| row.get(0))?;
    for (series, points) in recent.hour(hour) {
        if holds == ALL {
            pack(sql, series, hour, &points)?;
        } else {
            // Samples of this hour are too old to be kept. They still count
            // in the summaries.
            if holds == NO_SAMPLES {
                put_bins(sql, Level::Minute, series, &points, true)?;
            }
            put_bins(sql, Level::Hour, series, &points, true)?;
        }
    }
    sql.prepare_cached("DELETE FROM recent WHERE at BETWEEN ?1 AND ?2")?
        .execute([hour, hour + HOUR - 1])?;
    Ok(())
}

fn pack(
    sql: &Connection,
    series: i64,
    hour: i64,
    new: &[Point],
) -> RawResult<()> {
    let mut points = Vec::with_capacity(new.len());
    let again = read_block(sql, series, hour, &mut points)?;
    points.extend_from_slice(new);
    if again {
        in_order(hour, &mut points);
    }
    sql.prepare_cached(
        "INSERT INTO blocks (series, start, samples) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET samples = excluded.samples",
    )?
    .execute(params![series, hour, block::encode(hour, &points)])?;
    put_bins(sql, Level::Minute, series, &points, false)?;
    put_bins(sql, Level::Hour, series, &points, false)
}

/// Keeps summaries of samples: in place of those that are kept already, or
/// added to them.
fn put_bins(
    sql: &Connection,
    level: Level,
    series: i64,
    points: &[Point],
    add: bool,
) -> RawResult<()> {
    let start = |point: &Point| start_of(point.at, level.length());
    let bins = points.chunk_by(|one, next| start(one) == start(next));
    let bins = bins.map(|points| {
        let mut bin = Bin::default();
        points.iter().for_each(|point| bin.add(point.value));
        (start(&points[0]), bin)
    });
    pack::put_bins(sql, level, series, bins, add)
}

/// Appends the samples of a closed hour to `points`. Returns whether the hour
/// has a block.
pub(crate) fn read_block(
    sql: &Connection,
    series: i64,
    hour: i64,
    points: &mut Vec<Point>,
) -> RawResult<bool> {
    let bytes: Option<Vec<u8>> = sql
        .prepare_cached(
            "SELECT samples FROM blocks WHERE series = ?1 AND start = ?2",
        )?
        .query_row([series, hour], |row| row.get(0))
        .optional()?;
    let Some(bytes) = bytes else { return Ok(false) };
    let unreadable = RawError::Unreadable { series, start: hour };
    block::decode(hour, &bytes, points).ok_or(unreadable)?;
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

/// The finest that is kept of a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Samples,
    Minutes,
    Hours,
}

/// How much detail is kept of every hour in a range.
pub(crate) fn detail(
    sql: &Connection,
    from: i64,
    to: i64,
) -> RawResult<Detail> {
    let least: Option<i64> = sql
        .prepare_cached(
            "SELECT min(holds) FROM measured WHERE hour BETWEEN ?1 AND ?2",
        )?
        .query_row([start_of(from, HOUR), to], |row| row.get(0))?;
    Ok(match least {
        None | Some(ALL..) => Detail::Samples,
        Some(NO_SAMPLES) => Detail::Minutes,
        Some(_) => Detail::Hours,
    })
}

/// Deletes what is older than the retention says.
///
/// An hour's age is the number of hours that were measured after it, whatever
/// the clock said. So a clock that is in the year 2099 for ten minutes makes
/// everything one hour older, and a monitor that was off for a month still has
/// the week before that month.
pub(crate) fn prune(sql: &Connection, keep: &Retention) -> RawResult<()> {
    let series: Vec<i64> = sql
        .prepare_cached("SELECT id FROM series")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for hour in older(sql, keep.raw, ALL)? {
        let mut delete = sql.prepare_cached(
            "DELETE FROM blocks WHERE series = ?1 AND start = ?2",
        )?;
        for series in &series {
            delete.execute([*series, hour])?;
        }
        hold(sql, hour, NO_SAMPLES)?;
    }
    for hour in older(sql, keep.minute.max(keep.raw), NO_SAMPLES)? {
        for series in &series {
            pack::remove_row(sql, Level::Minute, *series, hour)?;
        }
        hold(sql, hour, HOUR_ALONE)?;
    }
    let longest = keep.hour.max(keep.minute).max(keep.raw);
    for hour in older(sql, longest, HOUR_ALONE)? {
        for series in &series {
            pack::remove(sql, Level::Hour, *series, hour)?;
        }
        for statement in [
            "DELETE FROM result WHERE at BETWEEN ?1 AND ?1 + ?2 - 1",
            "DELETE FROM note WHERE at BETWEEN ?1 AND ?1 + ?2 - 1",
            "DELETE FROM measured WHERE hour BETWEEN ?1 AND ?1 + ?2 - 1",
        ] {
            sql.prepare_cached(statement)?.execute([hour, HOUR])?;
        }
    }
    Ok(())
}

/// Deletes the error texts that no sample has any more. Reads all samples.
pub(crate) fn forget_error_texts(
    sql: &Connection,
    recent: &Recent,
) -> RawResult<()> {
    let mut used: HashSet<u32> = recent.errors().collect();
    let mut blocks = sql.prepare("SELECT start, samples FROM blocks")?;
    let mut blocks = blocks.query([])?;
    let mut points = Vec::new();
    while let Some(block) = blocks.next()? {
        let bytes = block.get_ref(1)?.as_blob();
        let bytes = bytes.map_err(rusqlite::Error::from)?;
        points.clear();
        // Of samples that cannot be read, nobody will ask why they failed.
        let _ = block::decode(block.get(0)?, bytes, &mut points);
        used.extend(points.iter().map(|point| point.error));
    }
    let all: Vec<u32> = sql
        .prepare("SELECT id FROM words")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut delete = sql.prepare("DELETE FROM words WHERE id = ?1")?;
    for text in all.iter().filter(|text| !used.contains(text)) {
        delete.execute([text])?;
    }
    Ok(())
}

/// The first hours of which `holds` is kept, and that are older than `age`.
fn older(sql: &Connection, age: Duration, holds: i64) -> RawResult<Vec<i64>> {
    let hours = age.as_millis().div_ceil(HOUR.unsigned_abs().into());
    let hours = i64::try_from(hours).unwrap_or(i64::MAX).max(1);
    Ok(sql
        .prepare_cached(
            "SELECT hour FROM measured WHERE holds = ?1 AND id <= (
                 SELECT id FROM measured ORDER BY id DESC LIMIT 1 OFFSET ?2)
             ORDER BY id LIMIT ?3",
        )?
        .query_map(params![holds, hours, AT_ONCE as i64], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

fn hold(sql: &Connection, hour: i64, holds: i64) -> RawResult<()> {
    sql.prepare_cached("UPDATE measured SET holds = ?2 WHERE hour = ?1")?
        .execute([hour, holds])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_millisecond_move_apart_and_stay_in_their_hour() {
        let point = |at| Point { at, value: 1.0, error: 0 };
        let mut points = [5, 5, 5, 7, HOUR - 1, HOUR - 1].map(point);
        in_order(0, &mut points);
        let times = points.map(|point| point.at);
        assert_eq!(times, [5, 6, 7, 8, HOUR - 2, HOUR - 1]);
    }
}
