//! The samples of hours that are not closed, in memory.
//!
//! The table `recent` has the same samples, in the order in which they came.
//! Here they are found by series and time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use rusqlite::{Connection, Error as Sql};

use crate::block::Point;
use crate::error::RawResult;
use crate::sample::{HOUR, MINUTE, sane, start_of};

/// An hour is over when a sample comes that is later than its end by this.
const LATE: i64 = MINUTE;

/// Samples by series and hour.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    series: HashMap<i64, Hours>,
    /// The hour to which new samples belong.
    open: Option<i64>,
}

/// The samples of one series.
type Hours = BTreeMap<i64, Vec<Point>>;

impl Recent {
    /// Reads the samples that were there when the program ended.
    pub fn load(sql: &Connection) -> RawResult<Recent> {
        let mut recent = Recent::default();
        let mut rows = sql.prepare(
            "SELECT series, at, value, words FROM recent ORDER BY id",
        )?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let value: Option<f64> = row.get(2)?;
            let at = row.get(1)?;
            if at != sane(at) {
                // Such times are not written: sums with them overflow.
                return Err(Sql::IntegralValueOutOfRange(1, at).into());
            }
            let point = Point {
                at,
                value: value.unwrap_or(f64::NAN),
                error: row.get(3)?,
            };
            recent.push(row.get(0)?, point);
        }
        Ok(recent)
    }

    /// Takes a sample, and returns whether it ends the open hour.
    pub fn push(&mut self, series: i64, point: Point) -> bool {
        let hours = self.series.entry(series).or_default();
        let hour = start_of(point.at, HOUR);
        let points = hours.entry(hour).or_default();
        match points.last() {
            Some(last) if last.at > point.at => {
                let place = points.partition_point(|one| one.at < point.at);
                points.insert(place, point);
            }
            _ => points.push(point),
        }
        // Either time has gone on, or somebody has turned the clock. A
        // sample that is a little early or late changes nothing.
        let over = match self.open {
            None => false,
            Some(open) => {
                point.at >= open + HOUR + LATE || point.at < open - HOUR
            }
        };
        if over || self.open.is_none() {
            self.open = Some(hour);
        }
        over
    }

    /// Whether a series has a sample of exactly this time.
    pub fn has(&self, series: i64, at: i64) -> bool {
        self.series
            .get(&series)
            .and_then(|hours| hours.get(&start_of(at, HOUR)))
            .is_some_and(|points| {
                points.binary_search_by_key(&at, |point| point.at).is_ok()
            })
    }

    /// The hours that are over.
    pub fn over(&self) -> BTreeSet<i64> {
        self.series
            .values()
            .flat_map(|hours| hours.keys().copied())
            .filter(|hour| Some(*hour) != self.open)
            .collect()
    }

    /// The samples of an hour, by series.
    pub fn hour(&self, hour: i64) -> impl Iterator<Item = (i64, &[Point])> {
        self.series.iter().filter_map(move |(series, hours)| {
            Some((*series, hours.get(&hour)?.as_slice()))
        })
    }

    /// Forgets an hour that has been moved to the file.
    pub fn forget(&mut self, hour: i64) {
        for hours in self.series.values_mut() {
            hours.remove(&hour);
        }
    }

    /// The error ids of all samples, some of them many times.
    pub fn errors(&self) -> impl Iterator<Item = u32> {
        let points = self.series.values().flat_map(|hours| hours.values());
        points.flatten().map(|point| point.error)
    }

    /// A series' samples in a range of time, in the order of time.
    pub fn points(
        &self,
        series: i64,
        range: RangeInclusive<i64>,
    ) -> impl Iterator<Item = Point> {
        let (from, to) = range.into_inner();
        let hours = match from <= to {
            true => start_of(from, HOUR)..=to,
            // A range that ends before it begins is a panic.
            false => to..=to,
        };
        self.series
            .get(&series)
            .into_iter()
            .flat_map(move |all| all.range(hours.clone()))
            .flat_map(|(_, points)| points.iter().copied())
            .filter(move |point| (from..=to).contains(&point.at))
    }

    /// The times of the first and the last sample.
    pub fn ends(&self, series: i64) -> Option<(i64, i64)> {
        let hours = self.series.get(&series)?;
        let first = hours.first_key_value()?.1.first()?;
        let last = hours.last_key_value()?.1.last()?;
        Some((first.at, last.at))
    }
}
