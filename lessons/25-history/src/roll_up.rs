//! Closes an hour: its samples are packed, and what they come to is kept.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::block::{self, Point};
use super::pack::{self, Level};
use super::recent::Recent;
use super::sample::{HOUR, start_of};
use super::summary::Bin;
use super::{Fault, Step};
use crate::Retention;

/// How much of an hour is kept, as the table `measured` says it.
const ALL: i64 = 3;
const NO_SAMPLES: i64 = 2;
const HOUR_ALONE: i64 = 1;

/// Of so many hours at most is something deleted at once: who shortens the
/// retention by years must not stop the monitor for a minute.
const AT_ONCE: usize = 24;

/// Moves the samples of an hour from `recent` into blocks and summaries. Run
/// again with samples that came late, it takes them along.
pub(super) fn close(sql: &Connection, recent: &Recent, hour: i64) -> Step<()> {
    sql.prepare_cached("INSERT OR IGNORE INTO measured (hour) VALUES (?1)")?
        .execute([hour])?;
    let holds: i64 = sql
        .prepare_cached("SELECT holds FROM measured WHERE hour = ?1")?
        .query_row([hour], |row| row.get(0))?;
    for (series, points) in recent.hour(hour) {
        if holds == ALL {
            pack(sql, series, hour, points)?;
        } else {
            // Its samples are too old to be kept, and so are these; what
            // they come to is not.
            if holds == NO_SAMPLES {
                put_bins(sql, Level::Minute, series, points, true)?;
            }
            put_bins(sql, Level::Hour, series, points, true)?;
        }
    }
    sql.prepare_cached("DELETE FROM recent WHERE at BETWEEN ?1 AND ?2")?
        .execute([hour, hour + HOUR - 1])?;
    Ok(())
}

fn pack(sql: &Connection, series: i64, hour: i64, new: &[Point]) -> Step<()> {
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

/// Keeps what samples come to, alone or together with what is kept already.
fn put_bins(
    sql: &Connection,
    level: Level,
    series: i64,
    points: &[Point],
    add: bool,
) -> Step<()> {
    let start = |point: &Point| start_of(point.at, level.length());
    let bins = points.chunk_by(|one, next| start(one) == start(next));
    let bins = bins.map(|points| {
        let mut bin = Bin::default();
        points.iter().for_each(|point| bin.add(point.value));
        (start(&points[0]), bin)
    });
    pack::put_bins(sql, level, series, bins, add)
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
            "SELECT samples FROM blocks WHERE series = ?1 AND start = ?2",
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

/// How much is kept of all hours in a range: the least of them.
pub(super) fn finest(sql: &Connection, from: i64, to: i64) -> Step<Finest> {
    let least: Option<i64> = sql
        .prepare_cached(
            "SELECT min(holds) FROM measured WHERE hour BETWEEN ?1 AND ?2",
        )?
        .query_row([start_of(from, HOUR), to], |row| row.get(0))?;
    Ok(match least {
        None | Some(ALL..) => Finest::Samples,
        Some(NO_SAMPLES) => Finest::Minutes,
        Some(_) => Finest::Hours,
    })
}

/// What is kept of a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finest {
    Samples,
    Minutes,
    Hours,
}

/// Deletes what is older than it shall be.
///
/// An hour's age is the number of hours that were measured after it, whatever
/// the clock said. So a clock that stands in the year 2099 for ten minutes
/// makes everything one hour older, and a monitor that was off for a month
/// still has the week before.
pub(super) fn prune(sql: &Connection, keep: &Retention) -> Step<()> {
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

/// Deletes the words that no sample has any more. All samples are looked at.
pub(super) fn forget_words(sql: &Connection, recent: &Recent) -> Step<()> {
    let mut used: HashSet<u32> = recent.words().collect();
    let mut blocks = sql.prepare("SELECT start, samples FROM blocks")?;
    let mut blocks = blocks.query([])?;
    let mut points = Vec::new();
    while let Some(block) = blocks.next()? {
        let bytes = block.get_ref(1)?.as_blob();
        let bytes = bytes.map_err(rusqlite::Error::from)?;
        points.clear();
        // Where samples cannot be read, nor can why they failed.
        let _ = block::decode(block.get(0)?, bytes, &mut points);
        used.extend(points.iter().map(|point| point.words));
    }
    let all: Vec<u32> = sql
        .prepare("SELECT id FROM words")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut delete = sql.prepare("DELETE FROM words WHERE id = ?1")?;
    for words in all.iter().filter(|words| !used.contains(words)) {
        delete.execute([words])?;
    }
    Ok(())
}

/// The first hours of which so much is kept, and that are too old for it.
fn older(sql: &Connection, age: Duration, holds: i64) -> Step<Vec<i64>> {
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

fn hold(sql: &Connection, hour: i64, holds: i64) -> Step<()> {
    sql.prepare_cached("UPDATE measured SET holds = ?2 WHERE hour = ?1")?
        .execute([hour, holds])?;
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
