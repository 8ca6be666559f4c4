//! What many samples come to.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Step;
use super::level::Level;
use super::sketch::{Sketch, rank};

/// The figures of a length of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Summary {
    /// How many samples there are.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Nothing when all of them failed.
    pub figures: Option<Figures>,
}

/// Five percentiles and both ends. A percentile is the value of nearest rank:
/// one that was measured, not one between two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    pub minimum: f64,
    pub p25: f64,
    pub median: f64,
    pub p75: f64,
    pub p95: f64,
    pub maximum: f64,
}

impl Figures {
    /// Of values in rising order.
    pub fn of_sorted(values: &[f64]) -> Option<Figures> {
        let (minimum, maximum) = (*values.first()?, *values.last()?);
        let at = |share| {
            let rank = rank(values.len() as u64, share);
            values[rank.expect("there are values") as usize]
        };
        Some(Figures {
            minimum,
            p25: at(0.25),
            median: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
            maximum,
        })
    }

    /// Of a sketch, whose true ends are known.
    fn of_sketch(sketch: &Sketch, minimum: f64, maximum: f64) -> Figures {
        let at = |share| match sketch.quantile(share) {
            Some(value) => value.max(minimum).min(maximum),
            None => minimum,
        };
        Figures {
            minimum,
            p25: at(0.25),
            median: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
            maximum,
        }
    }
}

/// Takes samples and summaries of one length of time, then says what they
/// come to.
#[derive(Debug, Default)]
pub(super) struct Bin {
    count: u64,
    failed: u64,
    values: Vec<f64>,
    /// Summaries' figures, and their sketches as bytes.
    parts: Vec<(Figures, Vec<u8>)>,
}

impl Bin {
    /// A sample; NaN has failed.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        match value.is_nan() {
            true => self.failed += 1,
            false => self.values.push(value),
        }
    }

    /// A summary and its sketch.
    pub fn add_part(&mut self, part: &Summary, sketch: Vec<u8>) {
        self.count += part.count;
        self.failed += part.failed;
        if let Some(figures) = part.figures {
            self.parts.push((figures, sketch));
        }
    }

    /// What they come to: exact where all samples are known or there is one
    /// summary, otherwise with percentiles within 1 %.
    pub fn sum(&mut self) -> Summary {
        let (count, failed) = (self.count, self.failed);
        self.values.sort_unstable_by(f64::total_cmp);
        let figures = match (&self.parts[..], self.values.is_empty()) {
            ([], _) => Figures::of_sorted(&self.values),
            ([(figures, _)], true) => Some(*figures),
            _ => Some(self.merged().0),
        };
        Summary { count, failed, figures }
    }

    /// The same with a sketch to be kept.
    pub fn sum_with_sketch(&mut self) -> (Summary, Sketch) {
        let summary = self.sum();
        let sketch = match self.parts.is_empty() {
            true => Sketch::of_sorted(&self.values),
            false => self.merged().1,
        };
        (summary, sketch)
    }

    /// When there are parts.
    fn merged(&self) -> (Figures, Sketch) {
        let mut sketch = Sketch::of_sorted(&self.values);
        let sketches = self.parts.iter().map(|(_, sketch)| sketch.as_slice());
        sketch.add_encoded(sketches);
        let ends = self.parts.iter().map(|(figures, _)| figures);
        let minima = ends.clone().map(|figures| figures.minimum);
        let maxima = ends.map(|figures| figures.maximum);
        let own = || self.values.iter().copied();
        let minimum = minima.chain(own()).fold(f64::INFINITY, f64::min);
        let maximum = maxima.chain(own()).fold(f64::NEG_INFINITY, f64::max);
        (Figures::of_sketch(&sketch, minimum, maximum), sketch)
    }
}

/// The columns of a summary, in the order in which they are read and written.
pub(super) const COLUMNS: &str =
    "at, count, failed, minimum, p25, median, p75, p95, maximum, sketch";

/// Reads [`COLUMNS`]: the time, the summary and the sketch.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<(i64, Summary, Vec<u8>)> {
    let minimum: Option<f64> = row.get(3)?;
    let figures = match minimum {
        None => None,
        Some(minimum) => Some(Figures {
            minimum,
            p25: row.get(4)?,
            median: row.get(5)?,
            p75: row.get(6)?,
            p95: row.get(7)?,
            maximum: row.get(8)?,
        }),
    };
    let number = |column| {
        let number: i64 = row.get(column)?;
        Ok::<_, rusqlite::Error>(number.max(0).unsigned_abs())
    };
    let summary = Summary { count: number(1)?, failed: number(2)?, figures };
    Ok((row.get(0)?, summary, row.get(9)?))
}

/// The summary that is kept of a time.
pub(super) fn find(
    sql: &Connection,
    level: Level,
    series: i64,
    at: i64,
) -> Step<Option<(Summary, Vec<u8>)>> {
    let table = level.table();
    let found = sql
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {table} WHERE series = ?1 AND at = ?2"
        ))?
        .query_row([series, at], read)
        .optional()?;
    Ok(found.map(|(_, summary, sketch)| (summary, sketch)))
}

/// Keeps a summary, in place of the one before.
pub(super) fn put(
    sql: &Connection,
    level: Level,
    series: i64,
    at: i64,
    bin: &mut Bin,
) -> Step<()> {
    let (summary, sketch) = bin.sum_with_sketch();
    let figures = summary.figures;
    let table = level.table();
    sql.prepare_cached(&format!(
        "INSERT OR REPLACE INTO {table} (series, {COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    ))?
    .execute(params![
        series,
        at,
        summary.count.cast_signed(),
        summary.failed.cast_signed(),
        figures.map(|figures| figures.minimum),
        figures.map(|figures| figures.p25),
        figures.map(|figures| figures.median),
        figures.map(|figures| figures.p75),
        figures.map(|figures| figures.p95),
        figures.map(|figures| figures.maximum),
        sketch.encode(),
    ])?;
    Ok(())
}
