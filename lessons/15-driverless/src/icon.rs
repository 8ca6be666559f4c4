//! The icon of the printer, drawn here (PWG 5100.13, section 5.6.8: PNG with
//! an alpha channel).

/// A colour with its opacity.
type Color = [u8; 4];

const INK: Color = [38, 50, 56, 255];
const BODY: Color = [84, 110, 122, 255];
const PAPER: Color = [255, 255, 255, 255];
const LINES: Color = [144, 164, 174, 255];
const LIGHT: Color = [102, 187, 106, 255];

/// Rectangles on a square of 48 by 48, from the back to the front: left, top,
/// right, bottom.
#[rustfmt::skip]
const SHAPES: [([u32; 4], Color); 9] = [
    ([12,  4, 36, 20], INK),
    ([13,  5, 35, 20], PAPER),
    ([ 4, 16, 44, 36], INK),
    ([ 5, 17, 43, 35], BODY),
    ([37, 20, 40, 23], LIGHT),
    ([ 9, 28, 39, 44], INK),
    ([10, 29, 38, 43], PAPER),
    ([13, 33, 35, 35], LINES),
    ([13, 38, 29, 40], LINES),
];
/// The side of the square in which the shapes are given.
const GRID: u32 = 48;

/// The icon as a PNG, `size` pixels high and wide.
pub(crate) fn icon(size: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..size {
        for x in 0..size {
            pixels.extend(color_at(x * GRID / size, y * GRID / size));
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size, size);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("in memory");
    writer.write_image_data(&pixels).expect("as many as it wants");
    writer.finish().expect("in memory");
    file
}

fn color_at(x: u32, y: u32) -> Color {
    let mut color = [0; 4];
    for ([left, top, right, bottom], paint) in SHAPES {
        if (left..right).contains(&x) && (top..bottom).contains(&y) {
            color = paint;
        }
    }
    color
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_picture_of_the_size_that_is_asked_for() {
        for size in crate::urls::ICON_SIZES {
            let file = std::io::Cursor::new(icon(size));
            let mut reader = png::Decoder::new(file).read_info().expect("PNG");
            let length = reader.output_buffer_size().expect("small");
            let mut pixels = vec![0; length];
            let info = reader.next_frame(&mut pixels).expect("a picture");
            assert_eq!((info.width, info.height), (size, size));
            // Transparent around, paper in the middle of the upper edge.
            assert_eq!(pixels[..4], [0; 4]);
            let middle = (size * (size / 6) + size / 2) as usize * 4;
            assert_eq!(pixels[middle..middle + 4], PAPER);
        }
    }
}
