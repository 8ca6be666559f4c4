//! A small picture of a page, for the panel.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// A small picture of the page in `file`, `width` pixels across, as PNG: each
/// of its pixels is the mean of the page's pixels there. Reads the page row by
/// row.
pub(crate) fn thumbnail(file: &Path, width: u32) -> io::Result<Vec<u8>> {
    let decoder = png::Decoder::new(BufReader::new(File::open(file)?));
    let mut reader = decoder.read_info()?;
    let (full_width, full_height) = reader.info().size();
    let color = reader.info().color_type;
    let channels = color.samples();
    let width = width.clamp(16, full_width.max(16));
    // Rounded up, so that a page is never without a row.
    let height = (u64::from(full_height) * u64::from(width))
        .div_ceil(u64::from(full_width.max(1))) as u32;

    let place = |x: u32| {
        (u64::from(x) * u64::from(width) / u64::from(full_width)) as usize
    };
    let columns: Vec<usize> = (0..full_width).map(place).collect();
    let mut sums = vec![0u32; width as usize * channels];
    let mut counts = vec![0u32; width as usize];
    let mut small = Vec::with_capacity(sums.len() * height as usize);
    let mut row_of_small = 0;
    for y in 0..full_height {
        let here = u64::from(y) * u64::from(height) / u64::from(full_height);
        if here != row_of_small {
            finish_row(&mut small, &mut sums, &mut counts, channels);
            row_of_small = here;
        }
        let Some(row) = reader.next_row()? else { break };
        for (pixel, &x) in row.data().chunks_exact(channels).zip(&columns) {
            counts[x] += 1;
            let sums = &mut sums[x * channels..(x + 1) * channels];
            for (sum, &sample) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(sample);
            }
        }
    }
    finish_row(&mut small, &mut sums, &mut counts, channels);
    small.resize(width as usize * height as usize * channels, 255);

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&small)?;
    Ok(bytes)
}

fn finish_row(
    small: &mut Vec<u8>,
    sums: &mut [u32],
    counts: &mut [u32],
    channels: usize,
) {
    for (sums, &count) in sums.chunks_exact(channels).zip(counts.iter()) {
        let mean = |&sum: &u32| sum.checked_div(count).unwrap_or(255) as u8;
        small.extend(sums.iter().map(mean));
    }
    sums.fill(0);
    counts.fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Page;

    #[test]
    fn a_thumbnail_is_the_page_made_small() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut page = Page::new(200, 100, 300, "A4");
        for y in 0..100 {
            page.paint_rgb(0, y, &[200, 0, 0].repeat(100));
        }
        let file = folder.path().join("page.png");
        page.write_png(File::create(&file).expect("made")).expect("written");
        let small = thumbnail(&file, 20).expect("a thumbnail");
        let mut reader = png::Decoder::new(io::Cursor::new(small))
            .read_info()
            .expect("a PNG");
        assert_eq!(reader.info().size(), (20, 10));
        let row = reader.next_row().expect("whole").expect("a row");
        assert_eq!(row.data()[..3], [200, 0, 0]);
        assert_eq!(row.data()[57..], [255; 3]);
    }
}
