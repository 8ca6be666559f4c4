//! Whether a font in a document can be read, and how one is mended.

/// The length of a record of a table, and where the first begins.
const RECORD: usize = 16;
const FIRST_RECORD: usize = 12;

/// What is to be done with a font's file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Soundness {
    /// It can be read.
    Sound,
    /// It could not be read, and this can.
    Mended(Vec<u8>),
    /// Whether it can be read shows when it is read.
    Doubtful,
}

/// Looks at the file of a font.
pub(crate) fn soundness(file: &[u8]) -> Soundness {
    match file {
        // Type 1, as text and in pieces, and bare CFF.
        [b'%', b'!', ..] | [0x80, 1, ..] | [1, 0, _, 1..=4, ..] => {
            Soundness::Sound
        }
        [0, 1, 0, 0, ..] | [b't', b'r', b'u', b'e', ..] => {
            true_type(file).unwrap_or(Soundness::Doubtful)
        }
        [b'O', b'T', b'T', b'O', ..] => match table(file, b"CFF ") {
            Some(_) => Soundness::Sound,
            None => Soundness::Doubtful,
        },
        _ => Soundness::Doubtful,
    }
}

/// `None` for one that lacks what it needs.
fn true_type(file: &[u8]) -> Option<Soundness> {
    let head = table(file, b"head")?;
    table(file, b"hhea")?;
    table(file, b"hmtx")?;
    let maxp = table(file, b"maxp")?;
    let glyf = table(file, b"glyf")?;
    let loca = table(file, b"loca")?;
    if let Some(post) = table(file, b"post") {
        let version = post.get(..4)?;
        let known = [[0, 1, 0, 0], [0, 2, 0, 0], [0, 2, 0x50, 0], [0, 3, 0, 0]];
        if !known.iter().any(|known| known == version) {
            return None;
        }
    }
    let glyphs = u16::from_be_bytes([*maxp.get(4)?, *maxp.get(5)?]);
    let format = [*head.get(50)?, *head.get(51)?];
    let is_long = match format {
        [0, 0] => false,
        [0, 1] => true,
        // No such format: the table's own length tells.
        _ => loca.len() >= 4 * (usize::from(glyphs) + 1),
    };
    let places: Vec<usize> = if is_long {
        let places = loca.as_chunks::<4>().0.iter();
        places.map(|place| u32::from_be_bytes(*place) as usize).collect()
    } else {
        let places = loca.as_chunks::<2>().0.iter();
        places
            .map(|place| usize::from(u16::from_be_bytes(*place)) * 2)
            .collect()
    };
    if places.is_sorted() && format[0] == 0 && format[1] <= 1 {
        return Some(Soundness::Sound);
    }
    in_order(file, glyf, &places).map(Soundness::Mended)
}

/// The file with its glyphs in the order of their numbers. A glyph ends where
/// the next begins; in a file that has them in another order, that was not the
/// glyph of the next number.
fn in_order(file: &[u8], glyf: &[u8], places: &[usize]) -> Option<Vec<u8>> {
    let (_, starts) = places.split_last()?;
    let mut sorted = places.to_vec();
    sorted.push(glyf.len());
    sorted.sort_unstable();
    let (mut new_glyf, mut new_loca) = (Vec::new(), Vec::new());
    for (number, &start) in starts.iter().enumerate() {
        new_loca.extend(u32::try_from(new_glyf.len()).ok()?.to_be_bytes());
        let is_empty = places[number + 1] == start;
        let next = sorted.partition_point(|place| *place <= start);
        let end = sorted.get(next).copied().unwrap_or(start).min(glyf.len());
        if !is_empty && start < end {
            new_glyf.extend_from_slice(&glyf[start..end]);
            new_glyf.resize(new_glyf.len().next_multiple_of(4), 0);
        }
    }
    new_loca.extend(u32::try_from(new_glyf.len()).ok()?.to_be_bytes());

    let count = usize::from(u16::from_be_bytes([*file.get(4)?, *file.get(5)?]));
    let mut new = file.get(..FIRST_RECORD + count * RECORD)?.to_vec();
    for number in 0..count {
        let record = FIRST_RECORD + number * RECORD;
        let tag: [u8; 4] = file.get(record..record + 4)?.try_into().ok()?;
        let mut bytes = match &tag {
            b"glyf" => new_glyf.clone(),
            b"loca" => new_loca.clone(),
            tag => table(file, tag).unwrap_or_default().to_vec(),
        };
        if &tag == b"head" {
            bytes[50..52].copy_from_slice(&[0, 1]);
        }
        let (start, length) = (new.len(), bytes.len());
        let place = &mut new[record + 8..record + RECORD];
        place[..4].copy_from_slice(&u32::try_from(start).ok()?.to_be_bytes());
        place[4..].copy_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
        new.extend(bytes);
        new.resize(new.len().next_multiple_of(4), 0);
    }
    Some(new)
}

/// A table of a TrueType or OpenType file (OpenType, "Table Directory").
fn table<'f>(file: &'f [u8], tag: &[u8; 4]) -> Option<&'f [u8]> {
    let count = usize::from(u16::from_be_bytes([*file.get(4)?, *file.get(5)?]));
    let records = file.get(FIRST_RECORD..)?.as_chunks::<RECORD>().0;
    let record =
        records.iter().take(count).find(|record| record.starts_with(tag))?;
    let number = |at: usize| {
        let bytes =
            [record[at], record[at + 1], record[at + 2], record[at + 3]];
        u32::from_be_bytes(bytes) as usize
    };
    let (start, length) = (number(8), number(12));
    // One that goes on beyond the end is read as far as it is there.
    let end = start.checked_add(length)?.min(file.len());
    file.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn font() -> Vec<u8> {
        include_bytes!("../faces/WorkshopSans-Regular.ttf").to_vec()
    }

    #[test]
    fn a_whole_font_is_sound_and_a_piece_of_one_is_not() {
        let font = font();
        assert_eq!(soundness(&font), Soundness::Sound);
        assert_eq!(soundness(&font[..100]), Soundness::Doubtful);
        assert_eq!(soundness(b"no font"), Soundness::Doubtful);
        assert_eq!(soundness(b""), Soundness::Doubtful);
    }

    #[test]
    fn glyphs_that_stand_in_another_order_are_put_in_order() {
        // Two glyphs change places: the letter A goes behind all others.
        let good = font();
        let mut bad = good.clone();
        let glyf = table(&good, b"glyf").expect("it is there").to_vec();
        let loca = table(&good, b"loca").expect("it is there").to_vec();
        let is_long = table(&good, b"head").expect("it is there")[51] != 0;
        let place = |glyph: usize| match is_long {
            true => {
                let bytes = loca[4 * glyph..][..4].try_into().expect("four");
                u32::from_be_bytes(bytes) as usize
            }
            false => {
                let bytes = loca[2 * glyph..][..2].try_into().expect("two");
                usize::from(u16::from_be_bytes(bytes)) * 2
            }
        };
        let glyph = 34;
        let (start, end) = (place(glyph), place(glyph + 1));
        assert!(start < end);
        // The table of glyphs moves to the end of the file, and grows.
        let mut longer = glyf.clone();
        longer.extend_from_slice(&glyf[start..end]);
        let count = usize::from(u16::from_be_bytes([good[4], good[5]]));
        for record in 0..count {
            let at = FIRST_RECORD + record * RECORD;
            if &bad[at..at + 4] == b"glyf" {
                let place = u32::try_from(good.len()).expect("small");
                let length = u32::try_from(longer.len()).expect("small");
                bad[at + 8..at + 12].copy_from_slice(&place.to_be_bytes());
                bad[at + 12..at + 16].copy_from_slice(&length.to_be_bytes());
            }
        }
        bad.extend_from_slice(&longer);
        let loca_place = loca_start(&good);
        if is_long {
            let new = u32::try_from(glyf.len()).expect("small").to_be_bytes();
            bad[loca_place + 4 * glyph..][..4].copy_from_slice(&new);
        } else {
            let new = u16::try_from(glyf.len() / 2).expect("small");
            bad[loca_place + 2 * glyph..][..2]
                .copy_from_slice(&new.to_be_bytes());
        }
        let Soundness::Mended(mended) = soundness(&bad) else {
            panic!("it is mended");
        };
        assert_eq!(soundness(&mended), Soundness::Sound);
        let new_glyf = table(&mended, b"glyf").expect("it is there");
        let new_loca = table(&mended, b"loca").expect("it is there");
        let bytes = new_loca[4 * glyph..][..4].try_into().expect("four");
        let new_start = u32::from_be_bytes(bytes) as usize;
        assert_eq!(new_glyf[new_start..][..end - start], glyf[start..end]);
    }

    #[test]
    fn the_length_of_the_table_tells_a_format_that_does_not_exist() {
        let good = font();
        let head = table(&good, b"head").expect("it is there");
        let place = head.as_ptr() as usize - good.as_ptr() as usize + 50;
        let mut bad = good.clone();
        bad[place] = 1;
        bad[place + 1] = 0;
        let Soundness::Mended(mended) = soundness(&bad) else {
            panic!("it is mended");
        };
        assert_eq!(soundness(&mended), Soundness::Sound);
        let glyphs = |file| table(file, b"glyf").expect("it is there").len();
        assert!(glyphs(&mended) >= glyphs(&good));
    }

    fn loca_start(file: &[u8]) -> usize {
        let loca = table(file, b"loca").expect("it is there");
        loca.as_ptr() as usize - file.as_ptr() as usize
    }
}
