//! Delta row: say only what differs from the row above.
//!
//! The compression that PCL XL has since Protocol Class 2.1 as
//! `eDeltaRowCompression` (*PCL XL Feature Reference, Protocol Class 2.1
//! Supplement*, "CompressMode") and that PCL 5 knew as raster compression
//! method 3. A row begins with its length in two bytes, the low one first;
//! then come replacements. A replacement begins with a command byte, whose
//! upper three bits say how many bytes follow, less one, and whose lower five
//! bits say how many bytes to leave as they were; 31 there means that further
//! offset bytes follow and are added, up to the first that is not 255. The
//! row above an image's first row is all zeros.

/// The most bytes that one command replaces.
const LONGEST: usize = 8;
/// The offset in a command byte that says that more follows.
const MORE: usize = 31;
/// The longest row, in bytes: the two bytes of a row's length must hold it
/// also when it grows. A3 at 600 dpi has 29,763.
const LONGEST_ROW: usize = 50_000;
/// How many bytes are compared at a time: most of a row is like the one above.
const STEP: usize = 32;

/// Appends what turns `above` into `row`, with its length, to `out`.
///
/// # Panics
/// When the rows differ in length or are longer than 50,000 bytes.
pub fn encode(above: &[u8], row: &[u8], out: &mut Vec<u8>) {
    assert_eq!(above.len(), row.len(), "rows of one image");
    assert!(row.len() <= LONGEST_ROW, "a row of paper");
    let start = out.len();
    out.reserve(2 + row.len() * 9 / LONGEST);
    out.extend([0, 0]);
    // ANCHOR: encode
    let mut end = 0;
    while let Some(first) = first_difference(above, row, end) {
        let length = differing(&above[first..], &row[first..]);
        put_command(length, first - end, out);
        end = first + length;
        out.extend_from_slice(&row[first..end]);
    }
    // ANCHOR_END: encode
    let length = (out.len() - start - 2) as u16;
    out[start..start + 2].copy_from_slice(&length.to_le_bytes());
}

/// How many bytes differ from the first on, at most as many as one command
/// replaces.
fn differing(above: &[u8], row: &[u8]) -> usize {
    let (Some(above), Some(row)) =
        (above.first_chunk::<LONGEST>(), row.first_chunk::<LONGEST>())
    else {
        let pairs = above.iter().zip(row).take(LONGEST);
        return pairs.take_while(|(above, byte)| above != byte).count();
    };
    // Bytes that are equal become zeros. The lowest zero byte is the lowest
    // whose subtraction of one borrows.
    let both = u64::from_le_bytes(*above) ^ u64::from_le_bytes(*row);
    let ones = u64::from_le_bytes([0x01; LONGEST]);
    let tops = u64::from_le_bytes([0x80; LONGEST]);
    let equal = both.wrapping_sub(ones) & !both & tops;
    match equal {
        0 => LONGEST,
        _ => equal.trailing_zeros() as usize / 8,
    }
}

/// The next place from `start` on where the rows differ.
fn first_difference(above: &[u8], row: &[u8], start: usize) -> Option<usize> {
    // In a photograph it is mostly the very next one.
    if above.get(start)? != row.get(start)? {
        return Some(start);
    }
    let mut at = start;
    while let (Some(a), Some(b)) =
        (above[at..].first_chunk::<STEP>(), row[at..].first_chunk::<STEP>())
    {
        if a != b {
            break;
        }
        at += STEP;
    }
    let differs = |(a, b): (&u8, &u8)| a != b;
    let rest = above[at..].iter().zip(&row[at..]).position(differs);
    rest.map(|further| at + further)
}

fn put_command(length: usize, offset: usize, out: &mut Vec<u8>) {
    let count = (length - 1) << 5;
    out.push((count | offset.min(MORE)) as u8);
    if let Some(mut more) = offset.checked_sub(MORE) {
        while more >= 255 {
            out.push(255);
            more -= 255;
        }
        out.push(more as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decoder of its own, straight from the description above.
    fn decoded(seed: &[u8], mut data: &[u8]) -> Vec<u8> {
        let mut row = seed.to_vec();
        let length = u16::from_le_bytes([data[0], data[1]]);
        data = &data[2..];
        assert_eq!(data.len(), usize::from(length));
        let mut at = 0;
        while let [command, rest @ ..] = data {
            let mut rest = rest;
            at += usize::from(command & 31);
            let mut more = command & 31 == 31;
            while more {
                at += usize::from(rest[0]);
                more = rest[0] == 255;
                rest = &rest[1..];
            }
            let count = usize::from(command >> 5) + 1;
            row[at..at + count].copy_from_slice(&rest[..count]);
            at += count;
            data = &rest[count..];
        }
        row
    }

    fn encoded(above: &[u8], row: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(above, row, &mut out);
        out
    }

    #[test]
    fn the_rows_of_the_pcl_5_manuals_example_become_its_bytes() {
        let rows = [
            [0, 0, 0, 0, 0],
            [0, 0xFF, 0, 0, 0],
            [0, 0xFF, 0xF0, 0, 0],
            [0x0F, 0xFF, 0xF0, 0xAA, 0xAA],
        ];
        assert_eq!(encoded(&rows[0], &rows[1]), [2, 0, 0x01, 0xFF]);
        assert_eq!(encoded(&rows[1], &rows[2]), [2, 0, 0x02, 0xF0]);
        let third = [5, 0, 0x00, 0x0F, 0x22, 0xAA, 0xAA];
        assert_eq!(encoded(&rows[2], &rows[3]), third);
    }

    #[test]
    fn an_equal_row_costs_two_bytes() {
        assert_eq!(encoded(&[7; 14_884], &[7; 14_884]), [0, 0]);
    }

    #[test]
    fn every_row_comes_back_as_it_was() {
        for offset in [0, 1, 30, 31, 32, 285, 286, 287, 540, 541, 542, 5000] {
            for length in [1, 7, 8, 9, 16, 17, 400] {
                let above = vec![0xFF; offset + length + 40];
                let mut row = above.clone();
                row[offset..offset + length].fill(3);
                assert_eq!(decoded(&above, &encoded(&above, &row)), row);
            }
        }
    }
}
