//! What many samples come to.

use super::sample::rounded;
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
        let at = |share| match sketch.quantile(share).map(Some).map(rounded) {
            Some(Some(value)) => value.max(minimum).min(maximum),
            _ => minimum,
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
    /// Of the first summary that has some.
    figures: Option<Figures>,
    /// Of how many summaries the rest is.
    parts: usize,
    minimum: f64,
    maximum: f64,
    sketch: Sketch,
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
    pub fn add_part(&mut self, part: &Summary, sketch: &[u8]) {
        self.count += part.count;
        self.failed += part.failed;
        let Some(figures) = part.figures else { return };
        let known = self.figures.get_or_insert(figures);
        if self.parts == 0 {
            (self.minimum, self.maximum) = (known.minimum, known.maximum);
        }
        self.minimum = self.minimum.min(figures.minimum);
        self.maximum = self.maximum.max(figures.maximum);
        self.sketch.add_encoded(sketch);
        self.parts += 1;
    }

    /// What they come to, with a sketch to be kept: exact where all samples
    /// are known or there is one summary, otherwise with percentiles within
    /// 1 %.
    pub fn sum(mut self) -> (Summary, Sketch) {
        let (count, failed) = (self.count, self.failed);
        self.values.sort_unstable_by(f64::total_cmp);
        let own = Figures::of_sorted(&self.values);
        if self.parts > 0 {
            self.sketch.tidy();
        }
        let sketch = match own {
            None => self.sketch,
            Some(_) => {
                let mut sketch = Sketch::of_sorted(&self.values);
                sketch.add(&self.sketch);
                sketch
            }
        };
        let figures = match (self.parts, own) {
            (0, own) => own,
            (1, None) => self.figures,
            (_, own) => {
                let (mut minimum, mut maximum) = (self.minimum, self.maximum);
                if let Some(own) = own {
                    minimum = minimum.min(own.minimum);
                    maximum = maximum.max(own.maximum);
                }
                Some(Figures::of_sketch(&sketch, minimum, maximum))
            }
        };
        (Summary { count, failed, figures }, sketch)
    }

    /// The same without the sketch.
    pub fn summary(mut self) -> Summary {
        if self.parts == 0 {
            self.values.sort_unstable_by(f64::total_cmp);
            let figures = Figures::of_sorted(&self.values);
            return Summary { count: self.count, failed: self.failed, figures };
        }
        self.sum().0
    }
}
