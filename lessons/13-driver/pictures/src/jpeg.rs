//! JPEG pictures (ISO/IEC 10918-1): their segments are read, and their pixels
//! go into the PDF as they are.

use pdf_writer::Filter;

use crate::page::{Page, Samples};
use crate::{PictureError, damaged, exif};

// Markers (table B.1).
const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;

/// A JPEG picture on a page of a PDF.
///
/// # Errors
/// [`PictureError`]. That its pixels can be decoded is not looked at.
pub fn jpeg_to_pdf(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    let head = Head::read(bytes)?;
    let samples = match head.components {
        1 => Samples::Grey,
        3 => Samples::Rgb,
        // Adobe's programs write how much light is left instead of how much
        // ink there is, and say so by their mark.
        _ => Samples::Cmyk { inverted: head.is_adobe },
    };
    let page = Page {
        width: head.width.into(),
        height: head.height.into(),
        samples,
        filter: Some(Filter::DctDecode),
        orientation: head.exif.orientation.unwrap_or(1),
        density: head.exif.density.or(head.density),
    };
    Ok(page.to_pdf(bytes))
}

/// What the segments before the pixels say.
#[derive(Debug, Default, PartialEq)]
struct Head {
    width: u16,
    height: u16,
    components: u8,
    is_adobe: bool,
    density: Option<(f64, f64)>,
    exif: exif::Exif,
}

impl Head {
    /// Reads all segments, to the picture's end.
    fn read(bytes: &[u8]) -> Result<Head, PictureError> {
        let mut head = Head::default();
        let mut has_pixels = false;
        let mut rest = bytes;
        loop {
            let marker = next_marker(&mut rest).ok_or(PictureError::CutOff)?;
            match marker {
                END if has_pixels => return Ok(head),
                END => return Err(damaged("it has no pixels")),
                // These stand alone.
                START | 0x01 | 0xD0..=0xD7 => continue,
                _ => {}
            }
            let segment = segment(&mut rest)?;
            match marker {
                0xC0..=0xCF if ![0xC4, 0xC8, 0xCC].contains(&marker) => {
                    head.read_frame(marker, segment)?;
                }
                APP0 => head.density = jfif_density(segment),
                APP1 if head.exif == exif::Exif::default() => {
                    head.exif = exif::read(segment).unwrap_or_default();
                }
                APP14 => head.is_adobe |= segment.starts_with(b"Adobe"),
                SCAN if head.width == 0 => {
                    return Err(damaged("it does not say how large it is"));
                }
                SCAN => has_pixels = true,
                _ => {}
            }
        }
    }

    /// The frame header (B.2.2).
    fn read_frame(
        &mut self,
        marker: u8,
        segment: &[u8],
    ) -> Result<(), PictureError> {
        let [bits, h1, h2, w1, w2, components, ..] = *segment else {
            return Err(damaged("its head is too short"));
        };
        self.height = u16::from_be_bytes([h1, h2]);
        self.width = u16::from_be_bytes([w1, w2]);
        self.components = components;
        let is_usual = marker <= 0xC2 && bits == 8;
        if !is_usual || ![1, 3, 4].contains(&components) {
            return Err(damaged("it is of a rare kind that few programs read"));
        }
        if self.width == 0 || self.height == 0 {
            return Err(damaged("it is said to be without any pixel"));
        }
        Ok(())
    }
}

/// Goes to behind the next marker. Bytes before it are pixels, in which a byte
/// FF is followed by 00 (B.1.1.5).
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    let is_marker =
        |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF);
    let at = rest.windows(2).position(is_marker)?;
    let marker = rest[at + 1];
    *rest = &rest[at + 2..];
    Some(marker)
}

/// Takes a segment: two bytes with its length, themselves included, and what
/// it holds.
fn segment<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], PictureError> {
    let length = *rest.first_chunk().ok_or(PictureError::CutOff)?;
    let length = usize::from(u16::from_be_bytes(length));
    let all = rest.get(..length).ok_or(PictureError::CutOff)?;
    let segment = all.get(2..).ok_or_else(|| damaged("its head is damaged"))?;
    *rest = &rest[length..];
    Ok(segment)
}

/// Pixels to the inch by the first segment (JFIF 1.02, page 5).
fn jfif_density(segment: &[u8]) -> Option<(f64, f64)> {
    let rest = segment.strip_prefix(b"JFIF\0")?;
    let [_, _, unit, x1, x2, y1, y2, ..] = *rest else { return None };
    let to_inch = match unit {
        1 => 1.0,
        2 => 2.54,
        _ => return None,
    };
    let density = |bytes| f64::from(u16::from_be_bytes(bytes)) * to_inch;
    Some((density([x1, x2]), density([y1, y2])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The segments of a picture of 16 × 8 pixels, without sensible pixels.
    fn picture(components: u8) -> Vec<u8> {
        let mut bytes = vec![0xFF, START];
        let mut segment = |marker: u8, data: &[u8]| {
            let length = (data.len() + 2) as u16;
            bytes.extend([0xFF, marker]);
            bytes.extend(length.to_be_bytes());
            bytes.extend(data);
        };
        segment(APP0, b"JFIF\0\x01\x02\x01\x00\x96\x00\x96\0\0");
        segment(APP14, b"Adobe\0d\0\0\0\0\x02");
        segment(0xC2, &[8, 0, 8, 0, 16, components, 1, 0x11, 0]);
        segment(SCAN, &[1, 1, 0, 0, 63, 0]);
        bytes.extend([1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4]);
        bytes.extend([0xFF, END, 9, 9]);
        bytes
    }

    #[test]
    fn the_segments_tell_the_size_and_the_density() {
        let head = Head::read(&picture(3)).expect("a picture");
        assert_eq!((head.width, head.height, head.components), (16, 8, 3));
        assert_eq!(head.density, Some((150.0, 150.0)));
        assert!(head.is_adobe);
    }

    #[test]
    fn a_picture_without_its_end_is_cut_off() {
        let whole = picture(3);
        let end = whole.len() - 2;
        assert!(Head::read(&whole[..end]).is_ok());
        for end in 2..end {
            let error = Head::read(&whole[..end]).expect_err("it is cut off");
            assert_eq!(error, PictureError::CutOff, "{end}");
        }
    }

    #[test]
    fn every_byte_may_be_any() {
        let whole = picture(4);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7F, 0xC0, END, SCAN, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = jpeg_to_pdf(&changed);
            }
        }
    }
}
