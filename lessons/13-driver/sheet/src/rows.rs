//! Rows of dots on their way into a page language: where there is ink, and
//! where there is colour.
//!
//! Rows without colour leave as shades of grey, in a colour document, too: a
//! printer makes those of black toner alone, and so black text is black, not a
//! mixture of four toners with coloured edges. (In PCL XL it is the colour
//! space `eGray`, in PostScript `DeviceGray`; what a printer makes of a neutral
//! sRGB is its own affair.) Text beside a coloured picture shares its rows and
//! is left to the printer.

/// White rows that are worth another image below them. An image costs about
/// 70 bytes, a white row of A4 at 600 dpi 234.
const GAP: usize = 8;
/// Dots that are compared before it is looked whether one has a colour.
const AT_ONCE: usize = 64;

/// Stretches of rows that are drawn in one colour space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whether any of the rows has a colour.
    pub color: bool,
    /// The stretches, each from its first row to just past its last.
    pub stretches: Vec<(usize, usize)>,
}

/// The inked stretches of rows of opaque RGBA pixels, with `color` apart where
/// they have a colour.
#[must_use]
pub fn runs(rows: &[&[u8]], color: bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (start, end) in inked(rows) {
        let parts = match color {
            true => by_color(rows, start, end),
            false => vec![(start, end, false)],
        };
        for (start, end, color) in parts {
            match runs.last_mut() {
                Some(run) if run.color == color => {
                    run.stretches.push((start, end));
                }
                _ => runs.push(Run { color, stretches: vec![(start, end)] }),
            }
        }
    }
    runs
}

/// A stretch, cut where colour begins and ends. Grey rows are left with the
/// coloured ones around them when they are too few for an image of their own.
fn by_color(
    rows: &[&[u8]],
    start: usize,
    end: usize,
) -> Vec<(usize, usize, bool)> {
    let mut parts: Vec<(usize, usize, bool)> = Vec::new();
    for (at, row) in rows.iter().enumerate().take(end).skip(start) {
        let color = has_color(row);
        match parts.last_mut() {
            Some(part) if part.2 == color => part.1 = at + 1,
            _ => parts.push((at, at + 1, color)),
        }
    }
    let mut merged: Vec<(usize, usize, bool)> = Vec::new();
    let is_alone = parts.len() == 1;
    for (start, end, color) in parts {
        let color = color || (!is_alone && end - start < GAP);
        match merged.last_mut() {
            Some(part) if part.2 == color => part.1 = end,
            _ => merged.push((start, end, color)),
        }
    }
    merged
}

// ANCHOR: inked
/// The stretches of rows that have ink: each from its first row to just past
/// its last.
fn inked(rows: &[&[u8]]) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if is_white(row) {
            continue;
        }
        match stretches.last_mut() {
            Some((_, end)) if at - *end < GAP => *end = at + 1,
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}
// ANCHOR_END: inked

fn is_white(row: &[u8]) -> bool {
    let (words, rest) = row.as_chunks::<16>();
    words.iter().all(|word| *word == [0xFF; 16])
        && rest.iter().all(|byte| *byte == 0xFF)
}

fn has_color(row: &[u8]) -> bool {
    let (pixels, _) = row.as_chunks::<4>();
    let differ = |all: u8, [r, g, b, _]: &[u8; 4]| all | (r ^ g) | (g ^ b);
    pixels.chunks(AT_ONCE).any(|some| some.iter().fold(0, differ) != 0)
}

// ANCHOR: samples
/// One row of opaque RGBA pixels as samples: red, green and blue, or grey.
pub fn samples(pixels: &[u8], color: bool, row: &mut Vec<u8>) {
    let (pixels, _) = pixels.as_chunks::<4>();
    row.resize(pixels.len() * if color { 3 } else { 1 }, 0xFF);
    if color {
        let (places, _) = row.as_chunks_mut::<3>();
        for (place, [r, g, b, _]) in places.iter_mut().zip(pixels) {
            *place = [*r, *g, *b];
        }
    } else {
        for (place, pixel) in row.iter_mut().zip(pixels) {
            *place = luma(pixel);
        }
    }
}
// ANCHOR_END: samples

/// The brightness of an sRGB pixel, by the weights of Rec. ITU-R BT.601. A
/// neutral pixel keeps its value: the weights add up to one.
fn luma([r, g, b, _]: &[u8; 4]) -> u8 {
    let sum = 19_595 * u32::from(*r) + 38_470 * u32::from(*g);
    ((sum + 7_471 * u32::from(*b) + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [u8; 4] = [255; 4];
    const BLACK: [u8; 4] = [0, 0, 0, 255];
    const RED: [u8; 4] = [255, 0, 0, 255];

    fn page(rows: &[([u8; 4], usize)]) -> Vec<Vec<u8>> {
        let row = |dot: [u8; 4]| [WHITE, dot, WHITE].concat();
        rows.iter().flat_map(|(dot, times)| vec![row(*dot); *times]).collect()
    }

    fn runs_of(rows: &[([u8; 4], usize)], color: bool) -> Vec<Run> {
        let page = page(rows);
        let rows: Vec<&[u8]> = page.iter().map(Vec::as_slice).collect();
        runs(&rows, color)
    }

    fn run(color: bool, stretches: &[(usize, usize)]) -> Run {
        Run { color, stretches: stretches.to_vec() }
    }

    #[test]
    fn black_text_is_grey_and_a_picture_below_it_is_not() {
        let page = [(BLACK, 20), (WHITE, 30), (BLACK, 20), (RED, 40)];
        assert_eq!(
            runs_of(&page, true),
            [run(false, &[(0, 20), (50, 70)]), run(true, &[(70, 110)])]
        );
        assert_eq!(runs_of(&page, false), [run(false, &[(0, 20), (50, 110)])]);
    }

    #[test]
    fn a_few_grey_rows_within_a_picture_stay_with_it() {
        let page = [(RED, 20), (BLACK, 3), (WHITE, 2), (RED, 20)];
        assert_eq!(runs_of(&page, true), [run(true, &[(0, 45)])]);
        // A thin rule by itself is black.
        let rule = [(WHITE, 20), (BLACK, 3), (WHITE, 20)];
        assert_eq!(runs_of(&rule, true), [run(false, &[(20, 23)])]);
        assert_eq!(runs_of(&[(WHITE, 9)], true), []);
    }

    #[test]
    fn a_grey_sample_of_a_neutral_pixel_is_its_value() {
        let mut row = Vec::new();
        for value in 0..=255 {
            samples(&[value, value, value, 255], false, &mut row);
            assert_eq!(row, [value]);
        }
        samples(&RED, true, &mut row);
        assert_eq!(row, [255, 0, 0]);
    }
}
