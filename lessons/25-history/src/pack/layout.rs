//! The layout of a row of summaries: column by column, and deflated.
//!
//! What is alike stands together, so that it can be packed: the minutes of an
//! hour have nearly the same counts, and the values of each fall into the same
//! buckets. So the buckets of the whole row are named once, and then follows,
//! for each bucket, how many values of each summary it has. Most of these
//! numbers are small, many are 0, and *deflate* (RFC 1951, as in zip files)
//! makes less than a third of them.
//!
//! ```text
//! version     1 byte: 2
//! deflated:
//!   number    how many summaries there are: a varint, as all that follows
//!   places    number × the difference from the place of the one before
//!   count     number × count
//!   failed    number × count
//!   minimum   number × value, see varint.rs
//!   maximum   the same
//!   p25, median, p75, p95   the same; in a row of hours alone
//!   buckets   how many, then each as the difference from the one before
//!   values    buckets × number × count
//! ```
//!
//! The percentiles of a minute would take more room than all the rest. They
//! are found in the sketch when they are needed.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::{Level, Summaries};
use crate::summary::{Figures, Part};
use crate::varint::{
    put, put_signed, put_values, take, take_signed, take_values,
};

/// The first byte of such a row.
pub(super) const VERSION: u8 = 2;
/// The most bytes that a row may have when it is unpacked: a row in which each
/// bucket that there can be has some values has fewer.
const MOST_BYTES: u64 = 16 << 20;

/// The columns of figures, in the order in which they are written.
const FIGURES: [fn(&Figures) -> f64; 6] = [
    |figures| figures.minimum,
    |figures| figures.maximum,
    |figures| figures.p25,
    |figures| figures.median,
    |figures| figures.p75,
    |figures| figures.p95,
];

/// How many of them a row has.
fn columns_of(level: Level) -> usize {
    match level {
        Level::Minute => 2,
        Level::Hour => FIGURES.len(),
    }
}

/// Packs summaries. `row` is where the first of them could begin.
pub(super) fn encode(level: Level, row: i64, summaries: &Summaries) -> Vec<u8> {
    let columns = columns(level, row, summaries);
    let mut packer = DeflateEncoder::new(vec![VERSION], Compression::default());
    packer
        .write_all(&columns)
        .and_then(|()| packer.finish())
        .expect("there is always room in memory")
}

// ANCHOR: columns
fn columns(level: Level, row: i64, summaries: &Summaries) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, summaries.len() as u64);
    let mut last = row;
    for &at in summaries.keys() {
        put(&mut bytes, ((at - last) / level.length()).unsigned_abs());
        last = at;
    }
    let all = || summaries.values();
    all().for_each(|part| put(&mut bytes, part.count));
    all().for_each(|part| put(&mut bytes, part.failed));
    let figures: Vec<_> = all().map(|part| part.summary().figures).collect();
    for figure in &FIGURES[..columns_of(level)] {
        let column =
            figures.iter().map(|one| one.as_ref().map_or(f64::NAN, figure));
        put_values(&mut bytes, column);
    }
    let table = table(summaries);
    put(&mut bytes, table.len() as u64);
    let mut last = 0;
    for &bucket in table.keys() {
        put_signed(&mut bytes, i64::from(bucket) - last);
        last = i64::from(bucket);
    }
    for counts in table.values() {
        counts.iter().for_each(|count| put(&mut bytes, *count));
    }
    bytes
}
// ANCHOR_END: columns

/// For each bucket, how many values of each summary it has.
fn table(summaries: &Summaries) -> BTreeMap<i32, Vec<u64>> {
    let mut table = BTreeMap::new();
    for (place, part) in summaries.values().enumerate() {
        for &(bucket, count) in part.sketch.buckets() {
            let row =
                table.entry(bucket).or_insert_with(|| vec![0; summaries.len()]);
            row[place] += count;
        }
    }
    table
}

/// Unpacks what follows the version. `None` when the bytes are not what
/// [`encode`] makes.
pub(super) fn decode(
    level: Level,
    row: i64,
    packed: &[u8],
    show: &mut impl FnMut(i64, &Part),
) -> Option<()> {
    let mut columns = Vec::new();
    let mut unpacker = DeflateDecoder::new(packed).take(MOST_BYTES);
    unpacker.read_to_end(&mut columns).ok()?;
    let bytes = &mut columns.as_slice();

    let most = level.most();
    let number = usize::try_from(take(bytes)?).ok()?;
    if number > most {
        return None;
    }
    let mut column =
        || -> Option<Vec<u64>> { (0..number).map(|_| take(bytes)).collect() };
    let (places, counts, failed) = (column()?, column()?, column()?);
    let mut figures = [[f64::NAN; 60]; FIGURES.len()];
    for column in &mut figures[..columns_of(level)] {
        take_values(bytes, column[..number].iter_mut())?;
    }
    let buckets = usize::try_from(take(bytes)?).ok()?;
    // Each count has a byte at least.
    if buckets.checked_mul(number + 1)? > bytes.len() {
        return None;
    }
    let mut last = 0_i64;
    let mut names = Vec::with_capacity(buckets);
    for _ in 0..buckets {
        last = last.checked_add(take_signed(bytes)?)?;
        names.push(i32::try_from(last).ok()?);
    }
    let values: Option<Vec<u64>> =
        (0..buckets * number).map(|_| take(bytes)).collect();
    let values = values?;

    let mut place = 0_u64;
    let mut part = Part::default();
    for one in 0..number {
        place = place.checked_add(places[one])?;
        if place >= most as u64 {
            return None;
        }
        part.count = counts[one];
        part.failed = failed[one];
        // A sum of counts must not overflow, whatever the bytes are.
        if part.count > u64::from(u32::MAX) || part.failed > part.count {
            return None;
        }
        let [minimum, maximum, percentiles @ ..] =
            figures.each_ref().map(|column| column[one]);
        part.ends = (!minimum.is_nan()).then_some((minimum, maximum));
        part.percentiles = Some(percentiles)
            .filter(|_| level == Level::Hour && part.ends.is_some());
        part.sketch.clear();
        let counted = values.iter().skip(one).step_by(number);
        for (&bucket, &count) in names.iter().zip(counted) {
            if count > 0 {
                part.sketch.push(bucket, count);
            }
        }
        if !part.is_whole() {
            return None;
        }
        show(row + place as i64 * level.length(), &part);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::MINUTE;

    /// What deflate makes of columns that are not a row's.
    fn packed(columns: &[u8]) -> Vec<u8> {
        let mut packer =
            DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(columns).expect("room");
        packer.finish().expect("room")
    }

    #[test]
    fn columns_that_are_not_a_row_are_refused() {
        let mut hour = Summaries::new();
        for minute in 0..5 {
            let mut part = Part { count: 3, failed: 1, ..Part::default() };
            part.ends = Some((1.0, 9.0));
            part.sketch.push(0, 1);
            part.sketch.push(111, 1);
            hour.insert(minute * MINUTE, part);
        }
        let good = columns(Level::Minute, 0, &hour);
        let none = &mut |_, _: &Part| {};
        let read =
            |columns: &[u8]| decode(Level::Minute, 0, &packed(columns), none);
        let mut read = read;
        assert!(read(&good).is_some());
        for length in 0..good.len() {
            assert!(read(&good[..length]).is_none(), "{length}");
        }
        for place in 0..good.len() {
            for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[place] = byte;
                let _ = read(&bad);
            }
        }
    }

    #[test]
    fn a_row_that_unpacks_to_more_than_there_can_be_is_refused() {
        let mut columns = vec![0; MOST_BYTES as usize + 1];
        // One minute, and more buckets than fit.
        columns[..8].copy_from_slice(&[1, 0, 0, 0, 0, 1, 0, 0]);
        columns[8..12].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
        let none = &mut |_, _: &Part| {};
        assert!(decode(Level::Minute, 0, &packed(&columns), none).is_none());
    }
}
