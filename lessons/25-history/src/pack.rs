//! A pack: the summaries of an hour's minutes, or of a day's hours, in one row.
//!
//! A week has ten thousand minutes. If each were a row, a chart would spend
//! most of its time on finding rows. So sixty minutes are one row, written
//! column by column, and so are the hours of a day: see layout.rs.

mod first_layout;
mod layout;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{RawError, RawResult};
use crate::sample::{HOUR, MINUTE, start_of};
use crate::summary::{Bin, Part};

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// The minutes of an hour.
    Minute,
    /// The hours of a day.
    Hour,
}

impl Level {
    /// The length of time of one summary, in milliseconds.
    pub fn length(self) -> i64 {
        match self {
            Level::Minute => MINUTE,
            Level::Hour => HOUR,
        }
    }

    /// The length of time of one row, in milliseconds.
    pub fn row(self) -> i64 {
        match self {
            Level::Minute => HOUR,
            Level::Hour => 24 * HOUR,
        }
    }

    /// The most summaries of one row.
    fn most(self) -> usize {
        (self.row() / self.length()) as usize
    }

    fn table(self) -> &'static str {
        match self {
            Level::Minute => "minutes",
            Level::Hour => "hours",
        }
    }
}

/// Summaries by time.
type Summaries = BTreeMap<i64, Part>;

/// Keeps summaries of some lengths of time: in place of those that are kept
/// already, or, with `add`, added to them.
pub(crate) fn put_bins(
    sql: &Connection,
    level: Level,
    series: i64,
    bins: impl Iterator<Item = (i64, Bin)>,
    add: bool,
) -> RawResult<()> {
    let mut rows = BTreeMap::<i64, Summaries>::new();
    for (at, mut bin) in bins {
        let known = match rows.entry(start_of(at, level.row())) {
            Entry::Occupied(row) => row.into_mut(),
            Entry::Vacant(row) => {
                let known = read_row(sql, level, series, *row.key())?;
                row.insert(known)
            }
        };
        if add && let Some(part) = known.get(&at) {
            bin.add_part(part);
        }
        known.insert(at, bin.sum());
    }
    for (row, summaries) in rows {
        put_row(sql, level, series, row, &summaries)?;
    }
    Ok(())
}

/// Forgets one summary.
pub(crate) fn remove(
    sql: &Connection,
    level: Level,
    series: i64,
    at: i64,
) -> RawResult<()> {
    let row = start_of(at, level.row());
    let mut known = read_row(sql, level, series, row)?;
    match known.remove(&at) {
        Some(_) => put_row(sql, level, series, row, &known),
        None => Ok(()),
    }
}

fn read_row(
    sql: &Connection,
    level: Level,
    series: i64,
    row: i64,
) -> RawResult<Summaries> {
    let mut known = Summaries::new();
    each(sql, level, series, row, row, |at, part| {
        known.insert(at, part.clone());
    })?;
    Ok(known)
}

fn put_row(
    sql: &Connection,
    level: Level,
    series: i64,
    row: i64,
    summaries: &Summaries,
) -> RawResult<()> {
    let table = level.table();
    if summaries.is_empty() {
        return remove_row(sql, level, series, row);
    }
    sql.prepare_cached(&format!(
        "INSERT INTO {table} (series, start, summaries) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET summaries = excluded.summaries"
    ))?
    .execute(params![
        series,
        row,
        layout::encode(level, row, summaries)
    ])?;
    Ok(())
}

/// Forgets a whole row.
pub(crate) fn remove_row(
    sql: &Connection,
    level: Level,
    series: i64,
    row: i64,
) -> RawResult<()> {
    let table = level.table();
    sql.prepare_cached(&format!(
        "DELETE FROM {table} WHERE series = ?1 AND start = ?2"
    ))?
    .execute([series, row])?;
    Ok(())
}

/// Calls `show` with each summary of the rows that begin in a range of time,
/// and with its time, in the order of time.
pub(crate) fn each(
    sql: &Connection,
    level: Level,
    series: i64,
    from: i64,
    to: i64,
    mut show: impl FnMut(i64, &Part),
) -> RawResult<()> {
    let table = level.table();
    let mut rows = sql.prepare_cached(&format!(
        "SELECT start, summaries FROM {table}
         WHERE series = ?1 AND start BETWEEN ?2 AND ?3 ORDER BY start"
    ))?;
    let mut rows = rows.query([series, from, to])?;
    while let Some(row) = rows.next()? {
        let start: i64 = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob();
        let bytes = bytes.map_err(rusqlite::Error::from)?;
        decode(level, start, bytes, &mut show)
            .ok_or(RawError::Unreadable { series, start })?;
    }
    Ok(())
}

/// The times of the first and the last summary.
pub(crate) fn ends(
    sql: &Connection,
    level: Level,
    series: i64,
) -> RawResult<Option<(i64, i64)>> {
    let table = level.table();
    let end = |order: &str| -> RawResult<Option<(i64, i64)>> {
        let row: Option<i64> = sql
            .prepare_cached(&format!(
                "SELECT start FROM {table} WHERE series = ?1
                 ORDER BY start {order} LIMIT 1"
            ))?
            .query_row([series], |row| row.get(0))
            .optional()?;
        let Some(row) = row else { return Ok(None) };
        let mut ends: Option<(i64, i64)> = None;
        each(sql, level, series, row, row, |at, _| {
            ends = Some((ends.map_or(at, |(first, _)| first), at));
        })?;
        Ok(ends)
    };
    let (first, last) = (end("ASC")?, end("DESC")?);
    Ok(first.zip(last).map(|((first, _), (_, last))| (first, last)))
}

/// Unpacks a row. `None` when the bytes are not one.
fn decode(
    level: Level,
    row: i64,
    bytes: &[u8],
    show: &mut impl FnMut(i64, &Part),
) -> Option<()> {
    let (&version, bytes) = bytes.split_first()?;
    match version {
        layout::VERSION => layout::decode(level, row, bytes, show),
        first_layout::VERSION => first_layout::decode(level, row, bytes, show),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour() -> Summaries {
        let mut random = fastrand::Rng::with_seed(7);
        (0..60)
            .filter(|minute| *minute != 30)
            .map(|minute| {
                let mut bin = Bin::default();
                for _ in 0..minute {
                    bin.add((random.f64() * 1e9).round() / 1e6);
                }
                bin.add(f64::NAN);
                (HOUR + minute * MINUTE, bin.sum())
            })
            .collect()
    }

    fn unpacked(level: Level, bytes: &[u8]) -> Summaries {
        let mut back = Summaries::new();
        decode(level, HOUR, bytes, &mut |at, part| {
            back.insert(at, part.clone());
        })
        .expect("what was encoded");
        back
    }

    #[test]
    fn an_hour_of_minutes_comes_back_without_its_exact_percentiles() {
        let mut hour = hour();
        let bytes = layout::encode(Level::Minute, HOUR, &hour);
        for part in hour.values_mut() {
            part.percentiles = None;
        }
        assert_eq!(unpacked(Level::Minute, &bytes), hour);
    }

    #[test]
    fn hours_come_back_whole() {
        let hours: Summaries = hour()
            .into_values()
            .take(23)
            .zip(1..)
            .map(|(part, hour)| (hour * HOUR, part))
            .collect();
        let bytes = layout::encode(Level::Hour, HOUR, &hours);
        assert_eq!(unpacked(Level::Hour, &bytes), hours);
    }

    #[test]
    fn bytes_that_are_not_a_row_are_refused() {
        let good = layout::encode(Level::Minute, 0, &hour());
        let none = &mut |_, _: &Part| {};
        for length in 0..good.len() {
            assert!(decode(Level::Minute, 0, &good[..length], none).is_none());
        }
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..10_000 {
            let mut bad = good.clone();
            for _ in 0..3 {
                bad[random.usize(..good.len())] = random.u8(..);
            }
            let _ = decode(Level::Minute, 0, &bad, none);
        }
    }
}
