//! The thumbnail: a page that was drawn becomes a small PNG picture.

/// Bytes of a dot: red, green, blue, and one that says nothing.
const DOT: usize = 4;

/// Dots of a page, four bytes each, as a PNG picture of half their width and
/// height: each of its pixels is the mean of four dots. It has a colour only
/// if the page has one. `None` when that leaves nothing to see.
#[must_use]
pub fn halved_png(dots: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let row = width as usize * DOT;
    let (half_width, half_height) = (width / 2, height / 2);
    if half_width == 0 || half_height == 0 || dots.len() / row < height as usize
    {
        return None;
    }
    let mut pixels = Vec::new();
    for rows in dots.chunks_exact(2 * row).take(half_height as usize) {
        let (upper, lower) = rows.split_at(row);
        let pairs = |row: &'_ [u8]| row.len() / (2 * DOT);
        for at in 0..pairs(upper) {
            let at = at * 2 * DOT;
            pixels.push([0, 1, 2].map(|color| {
                let of = |row: &[u8], dot: usize| {
                    u16::from(row[at + dot * DOT + color])
                };
                let sum =
                    of(upper, 0) + of(upper, 1) + of(lower, 0) + of(lower, 1);
                (sum / 4) as u8
            }));
        }
    }
    let is_grey = pixels.iter().all(|[red, green, blue]| {
        red.abs_diff(*green) < 3 && green.abs_diff(*blue) < 3
    });
    let (color, samples) = match is_grey {
        true => {
            let green = pixels.iter().map(|[_, green, _]| *green);
            (png::ColorType::Grayscale, green.collect())
        }
        false => (png::ColorType::Rgb, pixels.concat()),
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, half_width, half_height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&samples).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_dots_become_one_pixel_and_a_last_odd_row_none() {
        let (black, white) = ([0, 0, 0, 255], [255; 4]);
        let dots = [black, white, white, white, black, white].concat();
        let png = halved_png(&dots, 2, 3).expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .expect("a PNG");
        let mut pixels = vec![0; 8];
        let frame = reader.next_frame(&mut pixels).expect("one picture");
        assert_eq!((frame.width, frame.height), (1, 1));
        assert_eq!(frame.color_type, png::ColorType::Grayscale);
        assert_eq!(pixels[0], 191);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(halved_png(&[], 0, 0), None);
        assert_eq!(halved_png(&[255; 4], 1, 1), None);
        assert_eq!(halved_png(&[255; 8], 2, 2), None, "half of them are there");
    }
}
