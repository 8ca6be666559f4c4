//! A pack: the summaries of an hour's minutes, or of a day's hours, in one row.
//!
//! A week has ten thousand minutes. If each were a row, a chart would spend
//! most of its time on finding rows. So sixty minutes are one row, written
//! column by column, and so are the hours of a day.
//!
//! ```text
//! version   1 byte: 1
//! number    how many summaries there are: a varint, as all that follows
//! places    number × the difference from the place of the one before
//! count     number × count
//! failed    number × count
//! figures   minimum, p25, median, p75, p95, maximum: values, see varint.rs
//! sketches  number × (length, bytes: see sketch.rs)
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{RawError, RawResult};
use crate::sample::{HOUR, MINUTE, start_of};
use crate::summary::{Bin, Figures, Summary};
use crate::varint::{put, put_values, take, take_values};

const VERSION: u8 = 1;

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

    fn table(self) -> &'static str {
        match self {
            Level::Minute => "minutes",
            Level::Hour => "hours",
        }
    }
}

/// Summaries by time, each with the bytes of its sketch.
type Summaries = BTreeMap<i64, (Summary, Vec<u8>)>;

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
        if add && let Some((summary, sketch)) = known.get(&at) {
            bin.add_part(summary, sketch);
        }
        let (summary, sketch) = bin.sum();
        known.insert(at, (summary, sketch.encode()));
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
    each(sql, level, series, row, row, |at, summary, sketch| {
        known.insert(at, (summary, sketch.to_vec()));
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
    .execute(params![series, row, encode(level, row, summaries)])?;
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

/// Calls `show` with each summary of the rows that begin in a range of time:
/// its time, the summary and the bytes of its sketch, in the order of time.
pub(crate) fn each(
    sql: &Connection,
    level: Level,
    series: i64,
    from: i64,
    to: i64,
    mut show: impl FnMut(i64, Summary, &[u8]),
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
        each(sql, level, series, row, row, |at, _, _| {
            ends = Some((ends.map_or(at, |(first, _)| first), at));
        })?;
        Ok(ends)
    };
    let (first, last) = (end("ASC")?, end("DESC")?);
    Ok(first.zip(last).map(|((first, _), (_, last))| (first, last)))
}

fn encode(level: Level, row: i64, summaries: &Summaries) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(80 * summaries.len());
    bytes.push(VERSION);
    put(&mut bytes, summaries.len() as u64);
    let mut last = row;
    for &at in summaries.keys() {
        let places = (at - last) / level.length();
        put(&mut bytes, places.unsigned_abs());
        last = at;
    }
    let all = || summaries.values().map(|(summary, _)| summary);
    all().for_each(|summary| put(&mut bytes, summary.count));
    all().for_each(|summary| put(&mut bytes, summary.failed));
    let figures: [fn(&Figures) -> f64; 6] = [
        |figures| figures.minimum,
        |figures| figures.p25,
        |figures| figures.median,
        |figures| figures.p75,
        |figures| figures.p95,
        |figures| figures.maximum,
    ];
    for figure in figures {
        let column =
            all().map(|one| one.figures.as_ref().map_or(f64::NAN, figure));
        put_values(&mut bytes, column);
    }
    for (_, sketch) in summaries.values() {
        put(&mut bytes, sketch.len() as u64);
        bytes.extend(sketch);
    }
    bytes
}

/// `None` when the bytes are not what [`encode`] makes.
fn decode(
    level: Level,
    row: i64,
    mut bytes: &[u8],
    show: &mut impl FnMut(i64, Summary, &[u8]),
) -> Option<()> {
    let (&version, rest) = bytes.split_first()?;
    bytes = rest;
    let number = usize::try_from(take(&mut bytes)?).ok()?;
    let most = (level.row() / level.length()) as usize;
    if version != VERSION || number > most {
        return None;
    }
    let mut column = || -> Option<Vec<u64>> {
        (0..number).map(|_| take(&mut bytes)).collect()
    };
    let (places, counts, failed) = (column()?, column()?, column()?);
    let mut figures = [[f64::NAN; 60]; 6];
    for column in &mut figures {
        take_values(&mut bytes, column[..number].iter_mut())?;
    }
    let mut place = 0_u64;
    for one in 0..number {
        place = place.checked_add(places[one])?;
        let at = row
            + Some(place).filter(|place| *place < most as u64)? as i64
                * level.length();
        let [minimum, p25, median, p75, p95, maximum] =
            figures.each_ref().map(|column| column[one]);
        let figures = Figures { minimum, p25, median, p75, p95, maximum };
        let figures = (!minimum.is_nan()).then_some(figures);
        let length = usize::try_from(take(&mut bytes)?).ok()?;
        let (sketch, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        let (count, failed) = (counts[one], failed[one]);
        // A sum of counts must not overflow, whatever the bytes are.
        if count > u64::from(u32::MAX) || failed > count {
            return None;
        }
        show(at, Summary { count, failed, figures }, sketch);
    }
    Some(())
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
                let (summary, sketch) = bin.sum();
                (HOUR + minute * MINUTE, (summary, sketch.encode()))
            })
            .collect()
    }

    #[test]
    fn an_hour_of_minutes_comes_back() {
        let hour = hour();
        let bytes = encode(Level::Minute, HOUR, &hour);
        let mut back = Summaries::new();
        decode(Level::Minute, HOUR, &bytes, &mut |at, summary, sketch| {
            back.insert(at, (summary, sketch.to_vec()));
        })
        .expect("what was encoded");
        assert_eq!(back, hour);
    }

    #[test]
    fn bytes_that_are_not_a_row_are_refused() {
        let good = encode(Level::Minute, 0, &hour());
        let none = &mut |_, _, _: &[u8]| {};
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
