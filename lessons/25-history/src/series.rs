//! A series: the samples of one metric of one target, one by one.

use rusqlite::{Connection, OptionalExtension, params};

use crate::Sample;
use crate::block::Point;
use crate::error::RawResult;
use crate::readers::Snapshot;
use crate::roll_up::read_block;
use crate::sample::{HOUR, sane, start_of};

/// The targets of a metric, each with the id of its series.
pub(crate) fn targets(
    snapshot: &Snapshot<'_>,
    metric: &str,
) -> RawResult<Vec<(i64, String)>> {
    let all = snapshot
        .sql
        .prepare_cached(
            "SELECT id, target FROM series WHERE metric = ?1 ORDER BY target",
        )?
        .query_map([metric], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(all)
}

/// The id of a series.
pub(crate) fn find(
    snapshot: &Snapshot<'_>,
    metric: &str,
    target: &str,
) -> RawResult<Option<i64>> {
    Ok(snapshot
        .sql
        .prepare_cached(
            "SELECT id FROM series WHERE metric = ?1 AND target = ?2",
        )?
        .query_row([metric, target], |row| row.get(0))
        .optional()?)
}

/// The first `limit` samples of a series in a range of time.
pub(crate) fn samples(
    snapshot: &Snapshot<'_>,
    metric: &str,
    target: &str,
    from: i64,
    to: i64,
    limit: usize,
) -> RawResult<Vec<Sample>> {
    let Some(series) = find(snapshot, metric, target)? else {
        return Ok(Vec::new());
    };
    let points = points(snapshot, series, from, to, limit)?;
    points
        .into_iter()
        .map(|point| sample(snapshot.sql, metric, target, point))
        .collect()
}

/// The first `limit` points of a series in a range of time.
pub(crate) fn points(
    snapshot: &Snapshot<'_>,
    series: i64,
    from: i64,
    to: i64,
    limit: usize,
) -> RawResult<Vec<Point>> {
    let (from, to) = (sane(from), sane(to));
    let mut points = Vec::new();
    let mut hour = start_of(from, HOUR);
    let mut hours = snapshot.sql.prepare_cached(
        "SELECT start FROM blocks
         WHERE series = ?1 AND start BETWEEN ?2 AND ?3 ORDER BY start",
    )?;
    let mut hours = hours.query([series, hour, to])?;
    while let Some(row) = hours.next()? {
        hour = row.get(0)?;
        let begin = points.len();
        read_block(snapshot.sql, series, hour, &mut points)?;
        if hour < from || hour + HOUR > to {
            let inside = |point: &Point| (from..=to).contains(&point.at);
            let ends = points.split_off(begin);
            points.extend(ends.into_iter().filter(inside));
        }
        // Samples that came late may still belong before these: cut below.
        if points.len() >= limit {
            break;
        }
    }
    points.extend(snapshot.recent.points(series, from..=to));
    points.sort_by_key(|point| point.at);
    points.truncate(limit);
    Ok(points)
}

fn sample(
    sql: &Connection,
    metric: &str,
    target: &str,
    point: Point,
) -> RawResult<Sample> {
    let value = (!point.value.is_nan()).then_some(point.value);
    let mut sample = Sample::new(point.at, metric, target, value);
    if point.error != 0 {
        sample.error = sql
            .prepare_cached("SELECT words FROM words WHERE id = ?1")?
            .query_row(params![point.error], |row| row.get(0))
            .optional()?;
    }
    Ok(sample)
}
