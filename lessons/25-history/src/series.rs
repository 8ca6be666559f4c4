//! Everything that is measured of one target, one by one.

use rusqlite::{Connection, OptionalExtension, params};

use super::block::Point;
use super::roll_up::read_block;
use super::sample::{HOUR, sane, start_of};
use super::{Look, Sample, Step};

/// The targets of which a metric is known, with their numbers.
pub(super) fn targets(
    look: &Look<'_>,
    metric: &str,
) -> Step<Vec<(i64, String)>> {
    let all = look
        .sql
        .prepare_cached(
            "SELECT id, target FROM series WHERE metric = ?1 ORDER BY target",
        )?
        .query_map([metric], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(all)
}

pub(super) fn find(
    look: &Look<'_>,
    metric: &str,
    target: &str,
) -> Step<Option<i64>> {
    Ok(look
        .sql
        .prepare_cached(
            "SELECT id FROM series WHERE metric = ?1 AND target = ?2",
        )?
        .query_row([metric, target], |row| row.get(0))
        .optional()?)
}

pub(super) fn samples(
    look: &Look<'_>,
    metric: &str,
    target: &str,
    from: i64,
    to: i64,
    limit: usize,
) -> Step<Vec<Sample>> {
    let Some(series) = find(look, metric, target)? else {
        return Ok(Vec::new());
    };
    let points = points(look, series, from, to, limit)?;
    points
        .into_iter()
        .map(|point| sample(look.sql, metric, target, point))
        .collect()
}

/// The first `limit` points of a series in a range of time.
pub(super) fn points(
    look: &Look<'_>,
    series: i64,
    from: i64,
    to: i64,
    limit: usize,
) -> Step<Vec<Point>> {
    let (from, to) = (sane(from), sane(to));
    let mut points = Vec::new();
    let mut hour = start_of(from, HOUR);
    let mut hours = look.sql.prepare_cached(
        "SELECT start FROM blocks
         WHERE series = ?1 AND start BETWEEN ?2 AND ?3 ORDER BY start",
    )?;
    let mut hours = hours.query([series, hour, to])?;
    while let Some(row) = hours.next()? {
        hour = row.get(0)?;
        let begin = points.len();
        read_block(look.sql, series, hour, &mut points)?;
        if hour < from || hour + HOUR > to {
            let inside = |point: &Point| (from..=to).contains(&point.at);
            let ends = points.split_off(begin);
            points.extend(ends.into_iter().filter(inside));
        }
        // What came late may still belong before them, so: not at once.
        if points.len() >= limit {
            break;
        }
    }
    points.extend(look.recent.points(series, from..=to));
    points.sort_by_key(|point| point.at);
    points.truncate(limit);
    Ok(points)
}

fn sample(
    sql: &Connection,
    metric: &str,
    target: &str,
    point: Point,
) -> Step<Sample> {
    let value = (!point.value.is_nan()).then_some(point.value);
    let mut sample = Sample::new(point.at, metric, target, value);
    if point.words != 0 {
        sample.error = sql
            .prepare_cached("SELECT words FROM words WHERE id = ?1")?
            .query_row(params![point.words], |row| row.get(0))
            .optional()?;
    }
    Ok(sample)
}
