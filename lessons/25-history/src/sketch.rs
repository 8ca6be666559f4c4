//! A sketch: a histogram of many values in few bytes, which can be added to
//! another one.
//!
//! Values are counted in buckets. The bounds of a bucket are 2 % apart, so the
//! middle of a bucket is within 1 % of every value in it. This is the idea of
//! DDSketch (Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable
//! quantile sketch with relative-error guarantees", VLDB 2019). Two sketches
//! are added by adding the counts of their buckets: the sum is what a sketch
//! of all values would be. Percentiles cannot be put together in this way.

use statistics::{Sorted, nearest_rank};

/// A bucket's upper bound, divided by its lower bound.
const GROWTH: f64 = 1.02;

/// The bucket of all values that have no logarithm: 0, and less.
const NOT_POSITIVE: i32 = i32::MIN;

/// Counts of values by bucket, in rising order of buckets.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sketch {
    buckets: Vec<(i32, u64)>,
}

impl Sketch {
    /// Counts values.
    pub fn of(values: &Sorted) -> Sketch {
        let mut sketch = Sketch::default();
        // Where the bucket of the last value ends. Most values lie below, and
        // need no logarithm.
        let mut end = f64::NEG_INFINITY;
        for &value in values.values() {
            match sketch.buckets.last_mut() {
                Some((_, count)) if value < end => *count += 1,
                _ => {
                    let bucket = bucket(value);
                    match sketch.buckets.last_mut() {
                        Some((last, count)) if *last == bucket => *count += 1,
                        _ => sketch.buckets.push((bucket, 1)),
                    }
                    end = match bucket {
                        NOT_POSITIVE => f64::MIN_POSITIVE,
                        // A little less: `powi` and `ln` may differ in the
                        // last digit.
                        bucket => GROWTH.powi(bucket + 1) * (1.0 - 1e-9),
                    };
                }
            }
        }
        sketch
    }

    // ANCHOR: add
    /// Adds the counts of another sketch.
    pub fn add(&mut self, other: &Sketch) {
        self.append(other);
        self.merge();
    }

    /// Appends the counts of another sketch. Call [`merge`](Sketch::merge)
    /// after the last one.
    pub fn append(&mut self, other: &Sketch) {
        self.buckets.extend(&other.buckets);
    }

    /// Puts the buckets in order, and equal ones together.
    pub fn merge(&mut self) {
        self.buckets.sort_unstable_by_key(|(bucket, _)| *bucket);
        self.buckets.dedup_by(|next, before| {
            let same = next.0 == before.0;
            if same {
                before.1 += next.1;
            }
            same
        });
    }
    // ANCHOR_END: add

    /// How many values it has counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    // ANCHOR: percentile
    /// The value of nearest rank, within 1 %. `None` of no values.
    pub fn percentile(&self, percent: usize) -> Option<f64> {
        let count = usize::try_from(self.count()).ok()?;
        let rank = nearest_rank(count, percent)? as u64;
        let mut counted = 0;
        for &(bucket, count) in &self.buckets {
            counted += count;
            if counted >= rank {
                return Some(middle(bucket));
            }
        }
        None
    }
    // ANCHOR_END: percentile

    /// Its buckets, each with its count, in rising order.
    pub fn buckets(&self) -> &[(i32, u64)] {
        &self.buckets
    }

    /// Counts values of a bucket above all that it has.
    pub fn push(&mut self, bucket: i32, count: u64) {
        self.buckets.push((bucket, count));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buckets.clear();
    }
}

// ANCHOR: bucket
fn bucket(value: f64) -> i32 {
    if value < f64::MIN_POSITIVE {
        return NOT_POSITIVE;
    }
    // From -36,000 to 36,000, whatever the value is.
    (value.ln() / GROWTH.ln()).floor() as i32
}

fn middle(bucket: i32) -> f64 {
    match bucket {
        NOT_POSITIVE => 0.0,
        bucket => GROWTH.powf(f64::from(bucket) + 0.5),
    }
}
// ANCHOR_END: bucket

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[f64]) -> Sorted {
        values.iter().copied().collect()
    }

    #[test]
    fn a_percentile_is_within_one_per_cent() {
        let mut random = fastrand::Rng::with_seed(1);
        for size in [1e-6, 0.01, 20.0, 1e9] {
            let values: Sorted =
                (0..10_000).map(|_| size * (0.1 + random.f64())).collect();
            let sketch = Sketch::of(&values);
            assert_eq!(sketch.count(), 10_000);
            for percent in [0, 25, 50, 75, 95, 100] {
                let is = values.percentile(percent).expect("some");
                let found = sketch.percentile(percent).expect("some");
                assert!((found / is - 1.0).abs() <= 0.0101, "{is}: {found}");
            }
        }
    }

    #[test]
    fn the_sum_of_parts_is_the_sketch_of_the_whole() {
        let mut random = fastrand::Rng::with_seed(2);
        let values: Vec<f64> = (0..1_000).map(|_| random.f64()).collect();
        let mut sum = Sketch::default();
        for part in values.chunks(77) {
            sum.add(&Sketch::of(&sorted(part)));
        }
        assert_eq!(sum, Sketch::of(&sorted(&values)));
    }

    #[test]
    fn zero_and_less_are_counted() {
        let sketch = Sketch::of(&sorted(&[-1.0, 0.0, 0.0, 5.0]));
        assert_eq!(sketch.percentile(50), Some(0.0));
        assert_eq!(sketch.count(), 4);
        assert_eq!(Sketch::default().percentile(50), None);
    }
}
