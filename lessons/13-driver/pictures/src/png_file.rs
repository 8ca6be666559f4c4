//! PNG pictures (ISO/IEC 15948): decoded, laid on white, and kept as samples.

use std::io::{Cursor, ErrorKind};

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use crate::page::{Page, Samples};
use crate::{PictureError, damaged};

/// The most memory for a picture, in bytes, and how often each of its bytes is
/// there while it is drawn: as samples, unpacked, and as dots.
const MOST_BYTES: u64 = 640 << 20;
const TIMES: u64 = 4;
/// The most memory for what stands beside the pixels.
const MOST_BESIDE: usize = 16 << 20;
/// Inches in a metre.
const INCHES: f64 = 1.0 / 0.0254;

/// A PNG picture on a page of a PDF.
///
/// # Errors
/// [`PictureError`]. All of it has been decoded.
pub fn png_to_pdf(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        Limits { bytes: MOST_BESIDE },
    );
    // Palettes become colours, and samples bytes.
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(explain)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let density = info.pixel_dims.filter(|it| it.unit == png::Unit::Meter);
    let density = density.map(|density| {
        (f64::from(density.xppu) / INCHES, f64::from(density.yppu) / INCHES)
    });
    let (color, _) = reader.output_color_type();
    let most_pixels = MOST_BYTES / TIMES / color.samples() as u64;
    if u64::from(width) * u64::from(height) > most_pixels {
        let most = (most_pixels / 1_000_000) as u32;
        return Err(PictureError::TooManyPixels { width, height, most });
    }
    let size = reader.output_buffer_size();
    let size = size.ok_or_else(|| damaged("it is too large"))?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(explain)?;
    reader.finish().map_err(explain)?;
    let samples = on_white(&mut pixels, color);
    let (filter, orientation) = (None, 1);
    let page = Page { width, height, samples, filter, orientation, density };
    Ok(page.to_pdf(&pixels))
}

/// Lays pixels that can be seen through on white paper.
fn on_white(pixels: &mut Vec<u8>, color: ColorType) -> Samples {
    match color {
        ColorType::Rgba => {
            lay::<4>(pixels);
            Samples::Rgb
        }
        ColorType::GrayscaleAlpha => {
            lay::<2>(pixels);
            Samples::Grey
        }
        ColorType::Grayscale => Samples::Grey,
        _ => Samples::Rgb,
    }
}

/// Lays pixels of `N` samples, the last of which says how opaque they are, on
/// white, in the same memory.
fn lay<const N: usize>(pixels: &mut Vec<u8>) {
    let count = pixels.len() / N;
    for pixel in 0..count {
        let alpha = u32::from(pixels[pixel * N + N - 1]);
        for sample in 0..N - 1 {
            let value = u32::from(pixels[pixel * N + sample]);
            let mixed = (value * alpha + 255 * (255 - alpha) + 127) / 255;
            pixels[pixel * (N - 1) + sample] = mixed as u8;
        }
    }
    pixels.truncate(count * (N - 1));
}

fn explain(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(error)
            if error.kind() == ErrorKind::UnexpectedEof =>
        {
            PictureError::CutOff
        }
        DecodingError::LimitsExceeded => damaged("it asks for too much memory"),
        error => PictureError::Damaged(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use png::{BitDepth, Encoder};

    use super::*;

    fn picture(color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(&[255, 0, 0, 0, 0, 255][..]);
            encoder.set_trns(&[255, 0][..]);
        }
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(data).expect("pixels");
        writer.finish().expect("an end");
        bytes
    }

    fn holds(pdf: &[u8], samples: &[u8]) -> bool {
        pdf.windows(samples.len()).any(|window| window == samples)
    }

    #[test]
    fn pixels_of_every_kind_are_laid_on_white() {
        use ColorType as C;
        for (color, depth, data, samples) in [
            (
                C::Rgb,
                BitDepth::Eight,
                &[1, 2, 3, 4, 5, 6][..],
                &[1, 2, 3, 4, 5, 6][..],
            ),
            (C::Grayscale, BitDepth::Sixteen, &[7, 9, 8, 9], &[7, 8]),
            (C::Grayscale, BitDepth::One, &[0b1000_0000], &[255, 0]),
            (C::GrayscaleAlpha, BitDepth::Eight, &[0, 255, 0, 0], &[0, 255]),
            (
                C::Rgba,
                BitDepth::Eight,
                &[9, 9, 9, 0, 100, 0, 0, 51],
                &[255, 255, 255, 224, 204, 204],
            ),
            (C::Indexed, BitDepth::Eight, &[0, 1], &[255, 0, 0, 255, 255, 255]),
        ] {
            let pdf = png_to_pdf(&picture(color, depth, data)).expect("a page");
            assert!(holds(&pdf, samples), "{color:?} {depth:?}");
        }
    }

    #[test]
    fn a_picture_that_is_cut_or_changed_anywhere_does_no_harm() {
        let whole = picture(ColorType::Rgb, BitDepth::Eight, &[9; 6]);
        for end in 0..whole.len() - 12 {
            png_to_pdf(&whole[..end]).expect_err("it is cut off");
        }
        for at in 8..whole.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = png_to_pdf(&changed);
            }
        }
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_by_its_head() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 100_000, 100_000);
        encoder.set_color(ColorType::Grayscale);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_chunk(png::chunk::IDAT, &[0; 9]).expect("pixels");
        drop(writer);
        let error = png_to_pdf(&bytes).expect_err("it is too large");
        let (width, height, most) = (100_000, 100_000, 167);
        assert_eq!(error, PictureError::TooManyPixels { width, height, most });
    }
}
