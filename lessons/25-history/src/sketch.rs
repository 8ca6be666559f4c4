//! Many values in few bytes, such that two of them can be put together.
//!
//! Values are counted in buckets whose bounds grow by 2 % from one to the
//! next, so that whatever is read from a bucket's middle is within 1 % of the
//! value that was put in. This is the idea of DDSketch (Masson, Rim and Lee,
//! "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019). Two
//! sketches are put together by adding up their buckets: nothing is lost by
//! it, which cannot be said of an average of percentiles.

use super::numbers::{put, put_signed, take, take_signed};

/// How much larger each bucket's upper bound is.
const GROWTH: f64 = 1.02;

/// Holds all values that have no logarithm: 0, and less.
const NOTHING: i32 = i32::MIN;

/// The most values that a bucket can have counted: a million a second, for
/// years.
const MOST: u64 = 1 << 48;

/// Counts of values by bucket, in rising order of buckets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sketch {
    buckets: Vec<(i32, u64)>,
}

impl Sketch {
    /// Counts values that are in rising order.
    pub fn of_sorted(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::default();
        // Where the bucket of the last value ends: most values need no
        // logarithm.
        let mut end = f64::NEG_INFINITY;
        for &value in values {
            match sketch.buckets.last_mut() {
                Some((_, count)) if value < end => *count += 1,
                _ => {
                    let bucket = bucket(value);
                    match sketch.buckets.last_mut() {
                        Some((last, count)) if *last == bucket => *count += 1,
                        _ => sketch.buckets.push((bucket, 1)),
                    }
                    end = match bucket {
                        NOTHING => f64::MIN_POSITIVE,
                        // A hair less, for `powi` and `ln` may differ in the
                        // last digit.
                        bucket => GROWTH.powi(bucket + 1) * (1.0 - 1e-9),
                    };
                }
            }
        }
        sketch
    }

    /// Adds another one's counts.
    pub fn add(&mut self, other: &Sketch) {
        self.buckets.extend(&other.buckets);
        self.tidy();
    }

    /// Adds the counts of one as [`encode`](Sketch::encode) made it. Before
    /// anything is asked, all must be [put in order](Sketch::tidy).
    pub(super) fn add_encoded(&mut self, other: &[u8]) {
        let begin = self.buckets.len();
        if decode(other, &mut self.buckets).is_none() {
            self.buckets.truncate(begin);
        }
    }

    /// Puts buckets in order, and those that are the same into one.
    pub(super) fn tidy(&mut self) {
        self.buckets.sort_unstable_by_key(|(bucket, _)| *bucket);
        self.buckets.dedup_by(|next, before| {
            let same = next.0 == before.0;
            if same {
                before.1 += next.1;
            }
            same
        });
    }

    /// How many values it has counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// The value that `share` (0 to 1) of all values do not exceed, within
    /// 1 %. Nothing of nothing.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = rank(self.count(), share)?;
        let mut seen = 0;
        self.buckets
            .iter()
            .find(|(_, count)| {
                seen += count;
                seen > rank
            })
            .map(|(bucket, _)| middle(*bucket))
    }

    /// As bytes: each bucket's distance from the one before it and its count.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * self.buckets.len() + 4);
        let mut last = 0;
        for &(bucket, count) in &self.buckets {
            let bucket = i64::from(bucket);
            put_signed(&mut bytes, bucket - last);
            put(&mut bytes, count);
            last = bucket;
        }
        bytes
    }
}

/// `None` when the bytes are no sketch.
fn decode(mut bytes: &[u8], buckets: &mut Vec<(i32, u64)>) -> Option<()> {
    let mut last = 0_i64;
    while !bytes.is_empty() {
        last = last.checked_add(take_signed(&mut bytes)?)?;
        // A sum of counts must not overflow, whatever the bytes are.
        let count = take(&mut bytes).filter(|count| *count <= MOST)?;
        buckets.push((i32::try_from(last).ok()?, count));
    }
    Some(())
}

/// The place, from 0, of the value that `share` of `count` values do not
/// exceed: the nearest rank.
pub(super) fn rank(count: u64, share: f64) -> Option<u64> {
    let rank = (count as f64 * share).ceil() as u64;
    (count > 0).then(|| rank.clamp(1, count) - 1)
}

fn bucket(value: f64) -> i32 {
    if value < f64::MIN_POSITIVE {
        return NOTHING;
    }
    // From -36,000 to 36,000 for all that a number can be.
    (value.ln() / GROWTH.ln()).floor() as i32
}

fn middle(bucket: i32) -> f64 {
    match bucket {
        NOTHING => 0.0,
        bucket => GROWTH.powf(f64::from(bucket) + 0.5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn a_quantile_is_within_one_per_cent() {
        let mut random = fastrand::Rng::with_seed(1);
        for size in [1e-6, 0.01, 20.0, 1e9] {
            let values: Vec<f64> =
                (0..10_000).map(|_| size * (0.1 + random.f64())).collect();
            let values = sorted(values);
            let sketch = Sketch::of_sorted(&values);
            assert_eq!(sketch.count(), 10_000);
            for share in [0.0, 0.25, 0.5, 0.75, 0.95, 1.0] {
                let rank = rank(10_000, share).expect("some") as usize;
                let (is, found) =
                    (values[rank], sketch.quantile(share).expect("some"));
                assert!((found / is - 1.0).abs() <= 0.0101, "{is}: {found}");
            }
        }
    }

    #[test]
    fn parts_put_together_are_the_whole() {
        let mut random = fastrand::Rng::with_seed(2);
        let values: Vec<f64> = (0..1_000).map(|_| random.f64()).collect();
        let mut sum = Sketch::default();
        for part in values.chunks(77) {
            sum.add(&Sketch::of_sorted(&sorted(part.to_vec())));
        }
        assert_eq!(sum, Sketch::of_sorted(&sorted(values)));
    }

    #[test]
    fn nothing_and_less_than_nothing_are_counted() {
        let sketch = Sketch::of_sorted(&[-1.0, 0.0, 0.0, 5.0]);
        assert_eq!(sketch.quantile(0.5), Some(0.0));
        assert_eq!(sketch.count(), 4);
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn bytes_make_the_same_sketch_and_torn_bytes_none() {
        let sketch = Sketch::of_sorted(&[0.0, 1.0, 1.0, 2.0, 1e300]);
        let bytes = sketch.encode();
        let torn = &bytes[..bytes.len() - 1];
        let mut sum = Sketch::default();
        for bytes in [&bytes, torn, &[0xff; 20]] {
            sum.add_encoded(bytes);
        }
        sum.tidy();
        assert_eq!(sum, sketch);
    }
}
