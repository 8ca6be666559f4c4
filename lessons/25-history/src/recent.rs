//! The samples of hours that are not closed, in memory.
//!
//! The table `recent` has the same samples, in the order in which they came.
//! Here they are found by series and time.
//!
//! Five hundred series at a sample a second are 1.8 million samples an hour.
//! So only the last few of each series stay as they are; those before are
//! packed, as they are in the file, a few hundred bytes at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use rusqlite::{Connection, Error as Sql};

use crate::block::{self, Point};
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
type Hours = BTreeMap<i64, Hour>;

/// So many samples are packed together.
const PACKED: usize = 128;

/// The samples of an hour of one series.
#[derive(Debug, Default)]
struct Hour {
    packed: Vec<Packed>,
    /// Those that came last, in the order of time.
    last: Vec<Point>,
}

/// Some samples, packed: see block.rs.
#[derive(Debug)]
struct Packed {
    /// The times of the first and the last of them.
    times: RangeInclusive<i64>,
    bytes: Box<[u8]>,
}

impl Packed {
    fn pack(points: &[Point]) -> Option<Packed> {
        let (first, last) = (points.first()?.at, points.last()?.at);
        let bytes = block::encode(first, points).into_boxed_slice();
        Some(Packed { times: first..=last, bytes })
    }

    fn unpack(&self, points: &mut Vec<Point>) {
        block::decode(*self.times.start(), &self.bytes, points)
            .expect("it was packed here");
    }
}

impl Hour {
    fn push(&mut self, point: Point) {
        match self.last.last() {
            Some(last) if last.at > point.at => {
                let place = self.last.partition_point(|one| one.at < point.at);
                self.last.insert(place, point);
            }
            _ => self.last.push(point),
        }
        if self.last.len() == PACKED {
            self.packed.extend(Packed::pack(&self.last));
            self.last.clear();
        }
    }

    fn has(&self, at: i64) -> bool {
        let mut points = Vec::new();
        for packed in self.packed.iter().filter(|one| one.times.contains(&at)) {
            packed.unpack(&mut points);
        }
        points.iter().chain(&self.last).any(|point| point.at == at)
    }

    /// The samples in a range of time, in the order of time.
    fn points(&self, range: &RangeInclusive<i64>) -> Vec<Point> {
        let mut points = Vec::new();
        for packed in &self.packed {
            let (first, last) = (packed.times.start(), packed.times.end());
            if first <= range.end() && last >= range.start() {
                packed.unpack(&mut points);
            }
        }
        points.extend_from_slice(&self.last);
        points.retain(|point| range.contains(&point.at));
        // A sample that came late may belong before others that are packed.
        points.sort_by_key(|point| point.at);
        points
    }

    /// The times of the first and the last sample.
    fn ends(&self) -> Option<(i64, i64)> {
        let packed = self.packed.iter().map(|one| &one.times);
        let first = packed.clone().map(|times| *times.start()).min();
        let last = packed.map(|times| *times.end()).max();
        let (open_first, open_last) = (self.last.first(), self.last.last());
        let first = first.into_iter().chain(open_first.map(|one| one.at)).min();
        let last = last.into_iter().chain(open_last.map(|one| one.at)).max();
        first.zip(last)
    }
}

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
            recent.push(row.get(0)?, point, false);
        }
        Ok(recent)
    }

    /// Takes a sample, and returns whether it ends the open hour. One that is
    /// known to come `late` does so only when it is newer than that hour.
    pub fn push(&mut self, series: i64, point: Point, late: bool) -> bool {
        let hours = self.series.entry(series).or_default();
        let hour = start_of(point.at, HOUR);
        hours.entry(hour).or_default().push(point);
        // Either time has gone on, or somebody has turned the clock. A
        // sample that is a little early or late changes nothing.
        let over = match self.open {
            None => false,
            Some(open) => {
                point.at >= open + HOUR + LATE
                    || (point.at < open - HOUR && !late)
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
            .is_some_and(|hour| hour.has(at))
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
    pub fn hour(&self, hour: i64) -> impl Iterator<Item = (i64, Vec<Point>)> {
        self.series.iter().filter_map(move |(series, hours)| {
            let points = hours.get(&hour)?.points(&(i64::MIN..=i64::MAX));
            Some((*series, points))
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
        let hours = self.series.values().flat_map(|hours| hours.values());
        hours
            .flat_map(|hour| hour.points(&(i64::MIN..=i64::MAX)))
            .map(|point| point.error)
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
            .flat_map(move |(_, hour)| hour.points(&(from..=to)))
    }

    /// The times of the first and the last sample.
    pub fn ends(&self, series: i64) -> Option<(i64, i64)> {
        let hours = self.series.get(&series)?;
        let (first, _) = hours.first_key_value()?.1.ends()?;
        let (_, last) = hours.last_key_value()?.1.ends()?;
        Some((first, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: i64) -> Point {
        Point { at, value: at as f64, error: at as u32 % 3 }
    }

    fn times(recent: &Recent, range: RangeInclusive<i64>) -> Vec<i64> {
        recent.points(1, range).map(|point| point.at).collect()
    }

    #[test]
    fn samples_are_found_in_the_order_of_time_however_they_came() {
        let mut recent = Recent::default();
        let mut random = fastrand::Rng::with_seed(5);
        let mut all: Vec<i64> = (0..10 * PACKED as i64).collect();
        random.shuffle(&mut all);
        for &at in &all {
            recent.push(1, point(at), false);
        }
        let last = all.len() as i64 - 1;
        assert_eq!(times(&recent, 0..=last), (0..=last).collect::<Vec<_>>());
        assert_eq!(times(&recent, 300..=302), [300, 301, 302]);
        assert_eq!(times(&recent, RangeInclusive::new(5, 4)), [0; 0]);
        assert_eq!(recent.ends(1), Some((0, last)));
        assert!((0..=last).all(|at| recent.has(1, at)));
        assert!(!recent.has(1, -1) && !recent.has(1, last + 1));
        let hours: Vec<_> = recent.hour(0).collect();
        let expected: Vec<Point> = (0..=last).map(point).collect();
        assert_eq!(hours, [(1, expected)]);
        assert_eq!(recent.errors().filter(|error| *error == 0).count(), 427);
    }

    #[test]
    fn a_clock_that_was_set_back_ends_the_hour_and_a_late_sample_does_not() {
        let noon = 12 * HOUR;
        let mut recent = Recent::default();
        assert!(!recent.push(1, point(noon), false));
        for hour in 8..12 {
            assert!(!recent.push(2, point(hour * HOUR), true));
        }
        // The hour of noon goes on; those before it wait until it ends.
        assert!(!recent.over().contains(&noon));
        assert_eq!(recent.over().len(), 4);
        assert!(recent.push(1, point(noon - 3 * HOUR), false));
        assert!(recent.over().contains(&noon));
    }

    #[test]
    fn late_samples_alone_end_hours_as_any_others_do() {
        let mut recent = Recent::default();
        assert!(!recent.push(1, point(0), true));
        assert!(recent.push(1, point(2 * HOUR), true));
        assert!(recent.over().contains(&0));
    }
}
