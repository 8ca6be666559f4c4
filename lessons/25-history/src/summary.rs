//! The summary of many samples: how many, how many failed, and percentiles.

use statistics::Sorted;

use crate::sample::rounded;
use crate::sketch::Sketch;

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
    /// Exact figures.
    fn of(values: &Sorted) -> Option<Figures> {
        Some(Figures {
            minimum: values.minimum()?,
            p25: values.percentile(25)?,
            median: values.median()?,
            p75: values.percentile(75)?,
            p95: values.percentile(95)?,
            maximum: values.maximum()?,
        })
    }

    /// Percentiles within 1 %, of a sketch whose true ends are known.
    fn of_sketch(sketch: &Sketch, minimum: f64, maximum: f64) -> Figures {
        let percentile = |percent| {
            let value = rounded(sketch.percentile(percent));
            value.unwrap_or(minimum).max(minimum).min(maximum)
        };
        Figures {
            minimum,
            p25: percentile(25),
            median: percentile(50),
            p75: percentile(75),
            p95: percentile(95),
            maximum,
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
    /// Of the first summary that has figures.
    figures: Option<Figures>,
    /// How many summaries with figures there were. What follows is theirs.
    parts: usize,
    minimum: f64,
    maximum: f64,
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

    /// Adds a summary and its sketch.
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

    // ANCHOR: sum
    /// The summary of all, and its sketch. The figures are exact where every
    /// sample is known, or where there is one summary alone; otherwise the
    /// percentiles are within 1 %.
    pub fn sum(mut self) -> (Summary, Sketch) {
        let (count, failed) = (self.count, self.failed);
        let values: Sorted = self.values.into_iter().collect();
        let exact = Figures::of(&values);
        let mut sketch = Sketch::of(&values);
        if self.parts > 0 {
            self.sketch.merge();
            sketch.add(&self.sketch);
        }
        let figures = match (self.parts, exact) {
            (0, exact) => exact,
            (1, None) => self.figures,
            (_, exact) => {
                let (mut minimum, mut maximum) = (self.minimum, self.maximum);
                if let Some(exact) = exact {
                    minimum = minimum.min(exact.minimum);
                    maximum = maximum.max(exact.maximum);
                }
                Some(Figures::of_sketch(&sketch, minimum, maximum))
            }
        };
        (Summary { count, failed, figures }, sketch)
    }
    // ANCHOR_END: sum

    /// The summary without the sketch.
    pub fn summary(self) -> Summary {
        if self.parts == 0 {
            let values: Sorted = self.values.into_iter().collect();
            let figures = Figures::of(&values);
            return Summary { count: self.count, failed: self.failed, figures };
        }
        self.sum().0
    }
}
