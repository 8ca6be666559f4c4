//! The summary of many samples: how many, how many failed, and percentiles.

use statistics::{Sorted, nearest_rank};

use crate::sample::rounded;
use crate::sketch::Sketch;

/// The percentiles that a summary has, besides both ends.
pub(crate) const PERCENTS: [usize; 4] = [25, 50, 75, 95];

/// The summary of a length of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Summary {
    /// How many samples there are.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Nothing when all of them failed.
    pub figures: Option<Figures>,
}

/// Both ends and four percentiles, by the definitions of `statistics`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    pub minimum: f64,
    pub p25: f64,
    pub median: f64,
    pub p75: f64,
    pub p95: f64,
    pub maximum: f64,
}

impl Figures {
    fn new((minimum, maximum): (f64, f64), percentiles: [f64; 4]) -> Figures {
        let [p25, median, p75, p95] = percentiles;
        Figures { minimum, p25, median, p75, p95, maximum }
    }
}

/// A summary as it is kept, which can be added to others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Part {
    /// How many samples there are.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The least and the greatest value; nothing when all samples failed.
    pub ends: Option<(f64, f64)>,
    /// The [percentiles](PERCENTS), where they are known exactly.
    pub percentiles: Option<[f64; 4]>,
    /// All values.
    pub sketch: Sketch,
}

impl Part {
    /// Its figures: those that are not known exactly are within 1 %.
    pub fn summary(&self) -> Summary {
        let figures = self.ends.map(|ends| {
            let percentiles = self.percentiles.unwrap_or_else(|| {
                PERCENTS.map(|percent| self.estimate(ends, percent))
            });
            Figures::new(ends, percentiles)
        });
        Summary { count: self.count, failed: self.failed, figures }
    }

    /// Whether its sketch has counted every value: what was read may be
    /// damaged.
    pub fn is_whole(&self) -> bool {
        let mut left = self.count - self.failed;
        for (_, count) in self.sketch.buckets() {
            match left.checked_sub(*count) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        left == 0 && self.ends.is_some() == (self.count > self.failed)
    }

    /// A percentile of the sketch, whose true ends are known.
    fn estimate(&self, (least, greatest): (f64, f64), percent: usize) -> f64 {
        let count = usize::try_from(self.sketch.count()).unwrap_or(usize::MAX);
        match nearest_rank(count, percent) {
            None | Some(1) => least,
            Some(rank) if rank == count => greatest,
            _ => rounded(self.sketch.percentile(percent))
                .unwrap_or(least)
                .max(least)
                .min(greatest),
        }
    }
}

/// Collects the samples and summaries of one length of time.
#[derive(Debug, Default)]
pub(crate) struct Bin {
    count: u64,
    failed: u64,
    /// Of the samples.
    values: Vec<f64>,
    /// How many summaries of values there were. What follows is theirs.
    parts: usize,
    ends: Option<(f64, f64)>,
    /// Of the last one.
    percentiles: Option<[f64; 4]>,
    sketch: Sketch,
}

impl Bin {
    /// Adds a sample; NaN has failed.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        match value.is_nan() {
            true => self.failed += 1,
            false => self.values.push(value),
        }
    }

    /// Adds a summary.
    pub fn add_part(&mut self, part: &Part) {
        self.count += part.count;
        self.failed += part.failed;
        let Some(ends) = part.ends else { return };
        self.ends = Some(around(self.ends, ends));
        self.percentiles = part.percentiles;
        self.sketch.append(&part.sketch);
        self.parts += 1;
    }

    // ANCHOR: sum
    /// All of it as one summary. The percentiles are exact where every sample
    /// is known, or where there is one summary alone that has them.
    pub fn sum(mut self) -> Part {
        let values: Sorted = self.values.into_iter().collect();
        let mut sketch = Sketch::of(&values);
        if self.parts > 0 {
            self.sketch.merge();
            sketch.add(&self.sketch);
        }
        let ends = match ends_of(&values) {
            Some(ends) => Some(around(self.ends, ends)),
            None => self.ends,
        };
        let percentiles = match self.parts {
            0 => percentiles_of(&values),
            1 if values.values().is_empty() => self.percentiles,
            _ => None,
        };
        let (count, failed) = (self.count, self.failed);
        Part { count, failed, ends, percentiles, sketch }
    }
    // ANCHOR_END: sum

    /// The summary of all.
    pub fn summary(self) -> Summary {
        if self.parts > 0 {
            return self.sum().summary();
        }
        // Without summaries, nobody needs a sketch.
        let values: Sorted = self.values.into_iter().collect();
        let figures = ends_of(&values)
            .zip(percentiles_of(&values))
            .map(|(ends, percentiles)| Figures::new(ends, percentiles));
        Summary { count: self.count, failed: self.failed, figures }
    }
}

fn ends_of(values: &Sorted) -> Option<(f64, f64)> {
    values.minimum().zip(values.maximum())
}

fn percentiles_of(values: &Sorted) -> Option<[f64; 4]> {
    let mut percentiles = [0.0; 4];
    for (place, percent) in percentiles.iter_mut().zip(PERCENTS) {
        *place = values.percentile(percent)?;
    }
    Some(percentiles)
}

/// The ends of two ranges of values together.
fn around(one: Option<(f64, f64)>, other: (f64, f64)) -> (f64, f64) {
    let (least, greatest) = one.unwrap_or(other);
    (least.min(other.0), greatest.max(other.1))
}
