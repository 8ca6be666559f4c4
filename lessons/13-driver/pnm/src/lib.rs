//! The picture that a program writes: a binary PPM or PGM, row by row.

use std::io::{self, BufRead, Read};

/// The longest header, in bytes, comments included.
const LONGEST_HEADER: u64 = 1024;

/// A picture of which the header has been read, and some rows.
#[derive(Debug)]
pub struct Pnm<R> {
    /// Pixels of a row.
    pub width: usize,
    /// The number of rows.
    pub height: usize,
    /// Samples of a pixel: 3 for red, green and blue, 1 for grey.
    channels: usize,
    input: R,
    row: Vec<u8>,
    read: usize,
}

impl<R: BufRead> Pnm<R> {
    /// Reads the header: `P6` or `P5`, width, height, and the value of white,
    /// 255, each followed by blanks or a comment from `#` to the line's end
    /// (Netpbm, ppm(5) and pgm(5)).
    ///
    /// # Errors
    /// When there is no such header, or the input cannot be read.
    pub fn begin(mut input: R) -> io::Result<Pnm<R>> {
        let mut header = (&mut input).take(LONGEST_HEADER);
        let channels = match word(&mut header)?.as_str() {
            "P6" => 3,
            "P5" => 1,
            _ => return Err(unreadable()),
        };
        let mut number = || -> io::Result<u16> {
            word(&mut header)?.parse().map_err(|_| unreadable())
        };
        let (width, height) = (usize::from(number()?), usize::from(number()?));
        if width == 0 || number()? != 255 {
            return Err(unreadable());
        }
        let row = vec![0; width * channels];
        Ok(Pnm { width, height, channels, input, row, read: 0 })
    }

    /// Reads the next row: its pixels as red, green, blue, and 255.
    ///
    /// # Errors
    /// When the picture is cut off, or the input cannot be read.
    pub fn row(&mut self) -> io::Result<impl Iterator<Item = [u8; 4]>> {
        self.input.read_exact(&mut self.row)?;
        self.read += 1;
        let pixels = self.row.chunks_exact(self.channels);
        Ok(pixels.map(|pixel| match *pixel {
            [r, g, b] => [r, g, b, 255],
            _ => [pixel[0], pixel[0], pixel[0], 255],
        }))
    }

    /// How many rows have not been read.
    pub fn rows_left(&self) -> usize {
        self.height.saturating_sub(self.read)
    }
}

/// The next word of a header. The blank behind it is read as well.
fn word(header: &mut impl Read) -> io::Result<String> {
    let mut word = String::new();
    let mut in_comment = false;
    loop {
        let mut byte = [0];
        header.read_exact(&mut byte)?;
        match byte[0] {
            b'\n' if in_comment => in_comment = false,
            _ if in_comment => {}
            b'#' => in_comment = true,
            blank if blank.is_ascii_whitespace() => {
                if !word.is_empty() {
                    return Ok(word);
                }
            }
            byte => word.push(byte.into()),
        }
    }
}

fn unreadable() -> io::Error {
    io::Error::other("its picture is unreadable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> io::Result<Vec<Vec<[u8; 4]>>> {
        let mut picture = Pnm::begin(bytes)?;
        (0..picture.height).map(|_| Ok(picture.row()?.collect())).collect()
    }

    #[test]
    fn a_picture_in_colour_and_one_in_grey_become_pixels() {
        let rgb = b"P6\n# by a program\n2 1\n255\n\x01\x02\x03\x04\x05\x06";
        let rgb = rows(rgb).expect("a picture");
        assert_eq!(rgb, [[[1, 2, 3, 255], [4, 5, 6, 255]]]);
        let grey = rows(b"P5 1 2 255 \x07\x08").expect("a picture");
        assert_eq!(grey, [[[7, 7, 7, 255]], [[8, 8, 8, 255]]]);
    }

    #[test]
    fn what_is_cut_off_or_no_such_picture_is_an_error() {
        for bytes in [
            &b""[..],
            b"P6\n2 1\n255\n\x01\x02",
            b"P4\n8 1\n\x00",
            b"P5\n1 1\n65535\n\x00\x00",
            b"P5\n0 1\n255\n",
            b"P5\n999999 1\n255\n",
        ] {
            assert!(rows(bytes).is_err(), "{bytes:?}");
        }
    }
}
