//! A block: an hour of one series in few bytes.
//!
//! Pings come once a second, give or take a millisecond, and each is much like
//! the one before it. So a time is written as its difference from the time
//! that was to be expected, and a value as its difference from the value
//! before it. Each difference takes as many bytes as it needs: usually one for
//! a time, and three or four for a value in nanoseconds. An error text is a
//! number, written once for each run of equal ones.
//!
//! ```text
//! version  1 byte: 1
//! count    varint
//! times    count × the difference from the last difference, in milliseconds
//! values   see varint.rs
//! errors   runs of: samples without an error, samples with this error, its id
//! ```

use crate::varint::{
    put, put_signed, put_values, take, take_signed, take_values,
};

const VERSION: u8 = 1;
/// The most samples that an hour of one series can have: one in each
/// millisecond, and as many again that came late.
const MOST: u64 = 8_000_000;

/// One sample of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// Unix milliseconds.
    pub at: i64,
    /// NaN when it failed.
    pub value: f64,
    /// The id of the error text in the table `words`; 0 for none.
    pub error: u32,
}

// ANCHOR: encode
/// Packs samples. `base` is where the hour starts.
pub(crate) fn encode(base: i64, points: &[Point]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(6 * points.len() + 16);
    bytes.push(VERSION);
    put(&mut bytes, points.len() as u64);
    // A second after the last one, as always: a difference of 0.
    let (mut last, mut pace) = (base, 0_i64);
    for point in points {
        let difference = point.at.wrapping_sub(last);
        put_signed(&mut bytes, difference.wrapping_sub(pace));
        (last, pace) = (point.at, difference);
    }
    put_values(&mut bytes, points.iter().map(|point| point.value));
    // Most samples have no error: they are counted and left out.
    let mut without = 0;
    for run in points.chunk_by(|one, next| one.error == next.error) {
        let error = run[0].error;
        if error == 0 {
            without += run.len() as u64;
            continue;
        }
        put(&mut bytes, without);
        put(&mut bytes, run.len() as u64);
        put(&mut bytes, u64::from(error));
        without = 0;
    }
    bytes
}
// ANCHOR_END: encode

/// Unpacks samples, to be added to `points`. `None` when the bytes are not
/// what [`encode`] makes.
pub(crate) fn decode(
    base: i64,
    mut bytes: &[u8],
    points: &mut Vec<Point>,
) -> Option<()> {
    let (&version, rest) = bytes.split_first()?;
    bytes = rest;
    let count = take(&mut bytes)?;
    // Each sample has at least two bytes.
    if version != VERSION || count > MOST || count > bytes.len() as u64 {
        return None;
    }
    let count = count as usize;
    let begin = points.len();
    points.reserve(count);
    let (mut at, mut pace) = (base, 0_i64);
    for _ in 0..count {
        pace = pace.wrapping_add(take_signed(&mut bytes)?);
        at = at.wrapping_add(pace);
        points.push(Point { at, value: f64::NAN, error: 0 });
    }
    let points = &mut points[begin..];
    let values = points.iter_mut().map(|point| &mut point.value);
    take_values(&mut bytes, values)?;
    let mut next = 0_u64;
    while !bytes.is_empty() {
        let begin = next.checked_add(take(&mut bytes)?)?;
        next = begin.checked_add(take(&mut bytes)?)?;
        let error = u32::try_from(take(&mut bytes)?).ok()?;
        let range = usize::try_from(begin).ok()?..usize::try_from(next).ok()?;
        points.get_mut(range)?.iter_mut().for_each(|point| point.error = error);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(base: i64, points: &[Point]) -> usize {
        let bytes = encode(base, points);
        let mut back = Vec::new();
        decode(base, &bytes, &mut back).expect("what was encoded");
        assert_eq!(back.len(), points.len());
        for (is, was) in back.iter().zip(points) {
            assert_eq!((is.at, is.error), (was.at, was.error));
            assert_eq!(is.value.to_bits(), was.value.to_bits());
        }
        bytes.len()
    }

    fn pings(seed: u64) -> Vec<Point> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..3600)
            .map(|second| {
                let lost = random.u8(..) < 3;
                let nanoseconds = random.u64(8_000_000..12_000_000);
                Point {
                    at: second * 1000 + random.i64(0..3),
                    value: match lost {
                        true => f64::NAN,
                        false => nanoseconds as f64 / 1e6,
                    },
                    error: u32::from(lost),
                }
            })
            .collect()
    }

    #[test]
    fn an_hour_of_pings_comes_back_and_takes_five_bytes_a_sample() {
        let bytes = round_trip(0, &pings(1));
        assert!(bytes < 3600 * 11 / 2, "{bytes}");
    }

    #[test]
    fn whatever_a_sample_can_be_comes_back() {
        let values = [
            f64::NAN,
            0.0,
            1e-6,
            123_456_789.123_456,
            999_999_999.999_999,
            1e9,
            1e15,
            1e300,
            -1.5,
            f64::MIN_POSITIVE,
        ];
        for value in values {
            for at in [0, -1, 3_600_000, 253_402_300_799_999] {
                let point = |error| Point { at, value, error };
                round_trip(0, &[point(0), point(7), point(7), point(0)]);
            }
        }
        let all = values.map(|value| Point { at: 5, value, error: u32::MAX });
        round_trip(3_600_000, &all);
        round_trip(0, &[]);
    }

    #[test]
    fn bytes_that_are_not_a_block_are_refused() {
        let good = encode(0, &pings(2));
        for length in 0..good.len().min(4000) {
            // Cut between two runs of errors, it is a block without the last.
            let _ = decode(0, &good[..length], &mut Vec::new());
        }
        assert!(decode(0, &good[..100], &mut Vec::new()).is_none());
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..10_000 {
            let mut bad = good[..300].to_vec();
            bad[1] = 60;
            bad[2] = 0;
            for _ in 0..3 {
                bad[random.usize(..300)] = random.u8(..);
            }
            let _ = decode(0, &bad, &mut Vec::new());
        }
        assert!(decode(0, &[1, 0xff, 0xff, 0x7f], &mut Vec::new()).is_none());
    }
}
