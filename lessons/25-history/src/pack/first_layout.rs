//! The layout that rows of summaries had at first. Nobody writes it any more,
//! and files that have it are out there.
//!
//! ```text
//! version   1 byte: 1
//! number    how many summaries there are: a varint, as all that follows
//! places    number × the difference from the place of the one before
//! count     number × count
//! failed    number × count
//! figures   minimum, p25, median, p75, p95, maximum: values, see varint.rs
//! sketches  number × (length in bytes, and for each bucket the difference
//!           from the one before and its count)
//! ```

use super::Level;
use crate::sketch::Sketch;
use crate::summary::Part;
use crate::varint::{take, take_signed, take_values};

/// The first byte of such a row.
pub(super) const VERSION: u8 = 1;

/// Unpacks what follows the version. `None` when the bytes are not such a row.
pub(super) fn decode(
    level: Level,
    row: i64,
    mut bytes: &[u8],
    show: &mut impl FnMut(i64, &Part),
) -> Option<()> {
    let most = level.most();
    let number = usize::try_from(take(&mut bytes)?).ok()?;
    if number > most {
        return None;
    }
    let mut column = || -> Option<Vec<u64>> {
        (0..number).map(|_| take(&mut bytes)).collect()
    };
    let (places, counts, failed) = (column()?, column()?, column()?);
    let mut figures = [[f64::NAN; 60]; 6];
    for column in &mut figures {
        take_values(&mut bytes, column[..number].iter_mut())?;
    }
    let mut place = 0_u64;
    let mut part = Part::default();
    for one in 0..number {
        place = place.checked_add(places[one])?;
        let length = usize::try_from(take(&mut bytes)?).ok()?;
        let (sketch, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        part.count = counts[one];
        part.failed = failed[one];
        if place >= most as u64
            || part.count > u64::from(u32::MAX)
            || part.failed > part.count
        {
            return None;
        }
        let [minimum, p25, median, p75, p95, maximum] =
            figures.each_ref().map(|column| column[one]);
        part.ends = (!minimum.is_nan()).then_some((minimum, maximum));
        part.percentiles = part.ends.map(|_| [p25, median, p75, p95]);
        take_sketch(sketch, &mut part.sketch)?;
        if !part.is_whole() {
            return None;
        }
        show(row + place as i64 * level.length(), &part);
    }
    Some(())
}

fn take_sketch(mut bytes: &[u8], sketch: &mut Sketch) -> Option<()> {
    sketch.clear();
    let mut last = 0_i64;
    while !bytes.is_empty() {
        last = last.checked_add(take_signed(&mut bytes)?)?;
        sketch.push(i32::try_from(last).ok()?, take(&mut bytes)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::HOUR;

    /// Two round trips, 1.5 and 1.75 ms, and one that was lost.
    const ROW: [u8; 27] = [
        1, 0, 3, 1, 3, 0xb9, 0x17, 3, 0xb9, 0x17, 3, 0xb9, 0x17, 3, 0xad, 0x1b,
        3, 0xad, 0x1b, 3, 0xad, 0x1b, 4, 0x28, 1, 0x10, 1,
    ];

    #[test]
    fn a_row_of_the_first_layout_is_read() {
        let mut found = Vec::new();
        decode(Level::Minute, HOUR, &ROW, &mut |at, part| {
            found.push((at, part.clone()));
        })
        .expect("a row");
        let [(HOUR, part)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((part.count, part.failed), (3, 1));
        assert_eq!(part.ends, Some((1.5, 1.75)));
        assert_eq!(part.percentiles, Some([1.5, 1.5, 1.75, 1.75]));
        assert_eq!(part.sketch.buckets(), [(20, 1), (28, 1)]);
    }

    #[test]
    fn bytes_that_are_not_a_row_are_refused() {
        let none = &mut |_, _: &Part| {};
        for length in 0..ROW.len() {
            let torn = decode(Level::Minute, 0, &ROW[..length], none);
            assert!(torn.is_none());
        }
        for place in 0..ROW.len() {
            for byte in 0..=255 {
                let mut bad = ROW;
                bad[place] = byte;
                let _ = decode(Level::Minute, 0, &bad, none);
            }
        }
    }
}
