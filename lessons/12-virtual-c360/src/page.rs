//! One side of a sheet, in pixels.

use std::io::{self, Write};

use serde::Serialize;

const WHITE: u8 = 255;

/// One side of a sheet, painted row by row.
///
/// A row without paint takes no memory, and a row without colour a third of a
/// coloured one: most of a page of text is white.
#[derive(Clone, Debug)]
pub struct Page {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pixels per inch, both ways.
    pub dpi: u32,
    /// Name of the paper, such as `A4`.
    pub media: String,
    /// Which side of the sheet.
    pub side: Side,
    /// How many copies of this page come out, one after the other.
    pub copies: u16,
    /// What was asked of its sheet.
    pub sheet: SheetRequest,
    rows: Vec<Row>,
}

/// What was asked of a sheet, beyond its size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SheetRequest {
    /// The tray, such as `tray 1` or `bypass`; `None` when any would do.
    pub tray: Option<String>,
    /// The kind of paper, such as `Plain`.
    pub media_type: Option<String>,
    /// Where its set is stapled, such as `TOPLEFT`.
    pub staple: Option<String>,
    /// Where it is punched, such as `LEFT 2`.
    pub punch: Option<String>,
}

/// Which side of a sheet a page is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The only one.
    Simplex,
    /// The front of two.
    Front,
    /// The back of two.
    Back,
}

#[derive(Clone, Debug)]
enum Row {
    White,
    Gray(Vec<u8>),
    Color(Vec<u8>),
}

impl Page {
    /// A white page of `width` × `height` pixels.
    pub fn new(
        width: u32,
        height: u32,
        dpi: u32,
        media: impl Into<String>,
    ) -> Page {
        Page {
            width,
            height,
            dpi,
            media: media.into(),
            side: Side::Simplex,
            copies: 1,
            sheet: SheetRequest::default(),
            rows: vec![Row::White; height as usize],
        }
    }

    /// Whether any pixel has a colour.
    pub fn is_color(&self) -> bool {
        self.rows.iter().any(|row| matches!(row, Row::Color(_)))
    }

    /// Whether nothing was painted at all.
    pub fn is_blank(&self) -> bool {
        self.rows.iter().all(|row| matches!(row, Row::White))
    }

    /// Red, green and blue of a pixel; white outside the page.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let x = x as usize;
        match self.rows.get(y as usize) {
            Some(Row::Gray(row)) => [*row.get(x).unwrap_or(&WHITE); 3],
            Some(Row::Color(row)) => match row.get(x * 3..x * 3 + 3) {
                Some(&[r, g, b]) => [r, g, b],
                _ => [WHITE; 3],
            },
            _ => [WHITE; 3],
        }
    }

    /// All pixels, 3 bytes each, rows from the top.
    pub fn rgb(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for row in 0..self.height {
            self.rgb_row(row, &mut all);
        }
        all
    }

    /// Paints grey pixels (0 black, 255 white) from (`x`, `y`) to the right.
    /// Pixels outside the page are cut off.
    pub fn paint_gray(&mut self, x: usize, y: usize, gray: &[u8]) {
        let width = self.width as usize;
        let gray = &gray[..gray.len().min(width.saturating_sub(x))];
        let Some(row) = self.rows.get_mut(y) else {
            return;
        };
        if gray.is_empty() {
            return;
        }
        let white = gray.iter().all(|&g| g == WHITE);
        if white && (gray.len() == width || matches!(row, Row::White)) {
            if gray.len() == width {
                *row = Row::White;
            }
            return;
        }
        match row {
            _ if gray.len() == width => *row = Row::Gray(gray.to_vec()),
            Row::White => {
                let mut new = vec![WHITE; width];
                new[x..x + gray.len()].copy_from_slice(gray);
                *row = Row::Gray(new);
            }
            Row::Gray(old) => old[x..x + gray.len()].copy_from_slice(gray),
            Row::Color(old) => {
                let old = &mut old[x * 3..(x + gray.len()) * 3];
                for (pixel, &g) in old.chunks_exact_mut(3).zip(gray) {
                    pixel.fill(g);
                }
            }
        }
    }

    /// Paints pixels of 3 bytes, red, green, blue. See
    /// [`paint_gray`](Self::paint_gray).
    pub fn paint_rgb(&mut self, x: usize, y: usize, rgb: &[u8]) {
        let width = self.width as usize;
        let most = width.saturating_sub(x) * 3;
        let rgb = &rgb[..rgb.len().min(most)];
        let is_gray = rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]);
        if is_gray {
            let gray: Vec<u8> = rgb.iter().step_by(3).copied().collect();
            return self.paint_gray(x, y, &gray);
        }
        let Some(row) = self.rows.get_mut(y) else {
            return;
        };
        if rgb.len() == width * 3 {
            *row = Row::Color(rgb.to_vec());
            return;
        }
        if let Row::White = row {
            *row = Row::Color(vec![WHITE; width * 3]);
        }
        if let Row::Gray(old) = row {
            *row = Row::Color(old.iter().flat_map(|&g| [g; 3]).collect());
        }
        if let Row::Color(old) = row {
            old[x * 3..x * 3 + rgb.len()].copy_from_slice(rgb);
        }
    }

    /// Writes the page as PNG: grey when it has no colour, with its
    /// resolution in the `pHYs` chunk (PNG specification, 11.3.4.3).
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_png(&self, out: impl Write) -> io::Result<()> {
        let color = self.is_color();
        let mut encoder = encoder(out, self.width, self.height, color);
        let per_metre = (f64::from(self.dpi) / 0.0254).round() as u32;
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
        let mut png = encoder.write_header()?;
        let mut rows = png.stream_writer()?;
        let mut buffer = Vec::new();
        for row in 0..self.height {
            buffer.clear();
            match (&self.rows[row as usize], color) {
                (Row::Gray(gray), false) => rows.write_all(gray)?,
                (Row::Color(rgb), true) => rows.write_all(rgb)?,
                (_, true) => {
                    self.rgb_row(row, &mut buffer);
                    rows.write_all(&buffer)?;
                }
                (_, false) => {
                    buffer.resize(self.width as usize, WHITE);
                    rows.write_all(&buffer)?;
                }
            }
        }
        rows.finish()?;
        png.finish()?;
        Ok(())
    }

    fn rgb_row(&self, row: u32, out: &mut Vec<u8>) {
        let width = self.width as usize;
        match &self.rows[row as usize] {
            Row::White => out.resize(out.len() + width * 3, WHITE),
            Row::Gray(gray) => out.extend(gray.iter().flat_map(|&g| [g; 3])),
            Row::Color(rgb) => out.extend_from_slice(rgb),
        }
    }
}

/// A PNG encoder set for speed, not for small files.
fn encoder<W: Write>(
    out: W,
    width: u32,
    height: u32,
    color: bool,
) -> png::Encoder<'static, W> {
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(match color {
        true => png::ColorType::Rgb,
        false => png::ColorType::Grayscale,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    encoder.set_filter(png::Filter::Up);
    encoder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painting_outside_the_page_is_cut_off() {
        let mut page = Page::new(4, 2, 300, "A4");
        page.paint_gray(2, 0, &[1, 2, 3, 4]);
        page.paint_gray(9, 0, &[1]);
        page.paint_gray(0, 9, &[1]);
        page.paint_rgb(3, 1, &[1, 2, 3, 4, 5, 6]);
        assert_eq!(page.pixel(2, 0), [1; 3]);
        assert_eq!(page.pixel(3, 0), [2; 3]);
        assert_eq!(page.pixel(3, 1), [1, 2, 3]);
        assert_eq!(page.pixel(2, 1), [255; 3]);
        assert_eq!(page.pixel(99, 99), [255; 3]);
    }

    #[test]
    fn a_page_of_rgb_without_colour_is_a_grey_page() {
        let mut page = Page::new(2, 1, 300, "A4");
        page.paint_rgb(0, 0, &[7, 7, 7, 9, 9, 9]);
        assert!(!page.is_color());
        page.paint_rgb(1, 0, &[7, 7, 8]);
        assert!(page.is_color());
        assert_eq!(page.rgb(), [7, 7, 7, 7, 7, 8]);
        page.paint_gray(0, 0, &[255, 255]);
        assert!(page.is_blank());
    }

    #[test]
    fn a_png_has_the_pixels_and_the_resolution() {
        let mut page = Page::new(3, 2, 600, "A4");
        page.paint_gray(1, 1, &[0]);
        let mut bytes = Vec::new();
        page.write_png(&mut bytes).expect("memory takes it");
        let decoder = png::Decoder::new(io::Cursor::new(&bytes));
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut pixels).expect("whole");
        assert_eq!(reader.info().color_type, png::ColorType::Grayscale);
        let dims = reader.info().pixel_dims.expect("pHYs");
        assert_eq!((dims.xppu, dims.yppu), (23622, 23622));
        assert_eq!(pixels, [255, 255, 255, 255, 0, 255]);
    }
}
