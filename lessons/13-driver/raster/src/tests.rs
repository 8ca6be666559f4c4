//! Tests on files that are small enough to try every byte of.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::{Placed, Raster, RasterError, Source};

/// The head of a page in PWG raster.
fn head(width: u32, height: u32, space: u32, bits: u32) -> Vec<u8> {
    let channels = match space {
        19 | 20 => 3,
        6 => 4,
        _ => 1,
    };
    let mut head = vec![0; 1796];
    head[..9].copy_from_slice(b"PwgRaster");
    let line = (width * channels * bits).div_ceil(8);
    for (at, number) in [
        (276, 300),
        (280, 300),
        (372, width),
        (376, height),
        (384, bits),
        (388, bits * channels),
        (392, line),
        (400, space),
        (420, channels),
        (456, 1),
        (460, 1),
    ] {
        head[at..at + 4].copy_from_slice(&u32::to_be_bytes(number));
    }
    head
}

fn put(head: &mut [u8], at: usize, number: u32) {
    head[at..at + 4].copy_from_slice(&number.to_be_bytes());
}

fn pwg(pages: &[(Vec<u8>, &[u8])]) -> Vec<u8> {
    let mut file = b"RaS2".to_vec();
    for (head, rows) in pages {
        file.extend(head);
        file.extend(*rows);
    }
    file
}

/// Three columns and four rows in grey: 1 2 3, twice 7 7 7, 4 white white.
const ROWS: &[u8] = &[0, 254, 1, 2, 3, 1, 2, 7, 0, 0, 4, 128];
const GREY: [[u8; 3]; 4] = [[1, 2, 3], [7, 7, 7], [7, 7, 7], [4, 255, 255]];

fn apple() -> Vec<u8> {
    let mut file = b"UNIRAST\0\0\0\0\x01".to_vec();
    file.extend([8, 0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend([3_u32, 4, 300, 0, 0].map(u32::to_be_bytes).concat());
    file.extend(ROWS);
    file
}

fn open(file: Vec<u8>) -> Result<Raster, RasterError> {
    Raster::open(Source::Memory(Arc::new(file)))
}

/// The first sample of each dot of a band.
fn band(
    raster: &Raster,
    placed: Placed,
    first: u32,
    (width, height): (usize, usize),
) -> Vec<u8> {
    let mut dots = vec![0xEE; width * height * 4];
    raster.draw(0, &placed, first, width, &mut dots).expect("in memory");
    dots.chunks(4).map(|dot| dot[0]).collect()
}

const AS_IT_IS: Placed = Placed {
    left: 0.0,
    top: 0.0,
    across: 1.0,
    down: 1.0,
    columns: 0..u32::MAX,
    rows: 0..u32::MAX,
};

#[test]
fn both_formats_have_the_same_pixels() {
    for file in [pwg(&[(head(3, 4, 18, 8), ROWS)]), apple()] {
        let raster = open(file).expect("a page");
        assert_eq!(raster.pages()[0].width(), 3);
        assert_eq!(band(&raster, AS_IT_IS, 0, (3, 4)), GREY.concat());
        for first in 0..4 {
            let row = band(&raster, AS_IT_IS, first, (3, 1));
            assert_eq!(row, GREY[first as usize]);
        }
    }
}

#[test]
fn dots_beside_the_page_stay_as_they_are() {
    let raster = open(apple()).expect("a page");
    let placed = Placed { left: 1.2, top: -2.0, ..AS_IT_IS };
    let dots = band(&raster, placed.clone(), 0, (5, 3));
    let rows = [[0xEE, 7, 7, 7, 0xEE], [0xEE, 4, 255, 255, 0xEE], [0xEE; 5]];
    assert_eq!(dots, rows.concat());
    let cell = Placed { columns: 2..3, rows: 1..2, ..placed };
    let mut alone = [0xEE; 15];
    alone[7] = 255;
    assert_eq!(band(&raster, cell, 0, (5, 3)), alone);
    let away = Placed { left: 1e300, top: f64::NAN, ..AS_IT_IS };
    assert_eq!(band(&raster, away, 0, (5, 3)), [0xEE; 15]);
}

#[test]
fn a_page_is_made_smaller_by_means_and_larger_by_repetition() {
    let raster = open(apple()).expect("a page");
    let half = Placed { across: 1.0, down: 0.5, ..AS_IT_IS };
    assert_eq!(band(&raster, half, 0, (3, 2)), [4, 5, 5, 6, 131, 131]);
    let double = Placed { across: 2.0, down: 1.0, ..AS_IT_IS };
    assert_eq!(band(&raster, double, 0, (6, 1)), [1, 1, 2, 2, 3, 3]);
}

#[test]
fn the_back_of_a_sheet_is_turned_as_its_head_says() {
    for (across, down) in [(true, false), (false, true), (true, true)] {
        let mut head = head(3, 4, 18, 8);
        put(&mut head, 456, if across { u32::MAX } else { 1 });
        put(&mut head, 460, if down { u32::MAX } else { 1 });
        let raster = open(pwg(&[(head, ROWS)])).expect("a page");
        let mut expected = GREY;
        if across {
            expected.iter_mut().for_each(|row| row.reverse());
        }
        if down {
            expected.reverse();
        }
        assert_eq!(band(&raster, AS_IT_IS, 0, (3, 4)), expected.concat());
        assert_eq!(band(&raster, AS_IT_IS, 1, (3, 2)), expected[1..3].concat());
    }
}

#[test]
fn rows_far_down_are_found_by_themselves() {
    // 1,000 rows, each with its number, in packs of ten.
    let mut rows = Vec::new();
    for pack in 0..100_u8 {
        rows.extend([9, 2, pack]);
    }
    let raster = open(pwg(&[(head(3, 1000, 18, 8), &rows)])).expect("a page");
    for first in [0, 9, 10, 127, 128, 129, 500, 999] {
        let row = band(&raster, AS_IT_IS, first, (3, 1));
        assert_eq!(row, [(first / 10) as u8; 3], "{first}");
    }
}

#[test]
fn numbers_that_contradict_each_other_are_refused() {
    for (at, number) in [
        (276, 0),
        (280, 100_000),
        (372, 0),
        (372, 4),
        (372, u32::MAX),
        (376, 0),
        (376, 1_000_000_000),
        (384, 7),
        (388, 24),
        (392, 9),
        (396, 1),
        (400, 48),
        (400, 19),
        (420, 3),
    ] {
        let mut head = head(3, 4, 18, 8);
        put(&mut head, at, number);
        let error = open(pwg(&[(head, ROWS)])).err();
        assert!(
            matches!(
                error,
                Some(
                    RasterError::Damaged { .. }
                        | RasterError::Unsupported { .. }
                )
            ),
            "{number} at {at}: {error:?}"
        );
    }
}

#[test]
fn pages_that_are_missing_are_missed() {
    let mut first = head(3, 4, 18, 8);
    put(&mut first, 452, 3);
    let two = pwg(&[(first, ROWS), (head(3, 4, 18, 8), ROWS)]);
    let error = open(two).err().expect("a page is missing");
    assert_eq!(
        error.to_string(),
        "only 2 of its 3 pages are there; send it again"
    );
    assert!(matches!(open(b"RaS2".to_vec()), Err(RasterError::NoPages)));
}

#[test]
fn a_row_that_is_longer_than_it_may_be_is_damage() {
    let error = open(pwg(&[(head(3, 4, 18, 8), &[0, 3, 7])])).err();
    let error = error.expect("it is damaged").to_string();
    assert_eq!(error, "page 1 is damaged: row 1 is too long");
}

#[test]
fn a_file_that_ends_anywhere_is_cut_off() {
    for whole in [
        pwg(&[(head(3, 4, 18, 8), ROWS), (head(9, 4, 3, 1), &[3, 1, 0])]),
        apple(),
    ] {
        assert!(open(whole.clone()).is_ok());
        for end in 0..whole.len() {
            match open(whole[..end].to_vec()) {
                // Between two pages there is no telling.
                Ok(raster) => assert_eq!(raster.pages().len(), 1, "{end}"),
                Err(RasterError::Read(error)) => {
                    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                }
                Err(_) => {}
            }
        }
    }
}

#[test]
fn a_file_with_any_byte_changed_is_drawn_or_refused() {
    for whole in [
        pwg(&[(head(3, 4, 18, 8), ROWS), (head(9, 4, 3, 1), &[3, 1, 0])]),
        pwg(&[(head(1, 2, 6, 16), &[1, 0, 1, 2, 3, 4, 5, 6, 7, 8])]),
        apple(),
    ] {
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                let Ok(raster) = open(changed) else { continue };
                for page in 0..raster.pages().len() {
                    let (w, h) = raster.pages()[page].size();
                    let small =
                        Placed { across: 10.0 / w, down: 10.0 / h, ..AS_IT_IS };
                    for first in [0, 3] {
                        let mut dots = [0; 8 * 8 * 4];
                        let _ = raster.draw(page, &small, first, 8, &mut dots);
                    }
                }
            }
        }
    }
}
