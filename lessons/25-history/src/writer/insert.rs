//! Samples, as they are written into the table `recent`.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::ids::Ids;
use crate::Sample;
use crate::block::Point;
use crate::error::RawResult;
use crate::recent::Recent;
use crate::sample::{rounded, sane};

/// Writes samples, and returns them with their series, as they were written:
/// a sample may have moved to the next free millisecond.
pub(super) fn put_samples<'a>(
    sql: &Connection,
    ids: &mut Ids,
    recent: &Recent,
    samples: impl Iterator<Item = &'a Sample>,
) -> RawResult<Vec<(i64, Point)>> {
    let mut insert = sql.prepare_cached(
        "INSERT INTO recent (series, at, value, words)
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut placed = Vec::with_capacity(samples.size_hint().0);
    let mut taken = HashSet::new();
    // The time that each series' last sample asked for, and the one that it
    // got. Of a thousand samples of one millisecond, each begins to look for
    // a free one where the last one found it.
    let mut last = HashMap::<i64, (i64, i64)>::new();
    for sample in samples {
        let series = ids.series(sql, &sample.metric, &sample.target)?;
        let asked = sane(sample.at);
        let mut at = match last.get(&series) {
            Some((same, got)) if *same == asked => got + 1,
            _ => asked,
        };
        while recent.has(series, at) || taken.contains(&(series, at)) {
            at += 1;
        }
        taken.insert((series, at));
        last.insert(series, (asked, at));
        let value = rounded(sample.value);
        let error = match &sample.error {
            Some(text) => ids.error_text(sql, text)?,
            None if value.is_none() && sample.value.is_some() => {
                ids.error_text(sql, "the value was not a number")?
            }
            None => 0,
        };
        insert.execute(params![series, at, value, error])?;
        let value = value.unwrap_or(f64::NAN);
        placed.push((series, Point { at, value, error }));
    }
    Ok(placed)
}
