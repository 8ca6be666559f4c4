//! A sign: one page with a few lines in large letters, such as the banner page
//! before a job.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use crate::alphabet::{Alphabets, WIDTH};
use crate::document::{PAPER, write_pdf};

/// White on each side of the page, in points.
const MARGIN: f32 = 60.0;
/// The smallest letters, in points: what is still too long is cut.
const SMALLEST: f32 = 10.0;
/// From one line to the next, in sizes of the letters above.
const LEADING: f32 = 1.4;
/// What stands for letters that are cut.
const CUT: char = '…';

/// A line of a [`sign`].
#[derive(Clone, Debug, PartialEq)]
pub struct SignLine {
    /// Its letters. Control characters are left out.
    pub text: String,
    /// Their size in points; smaller when the line would be too long.
    pub size: f32,
}

/// A page of A4 with these lines from its top, as a PDF. Lines that find no
/// room on it are left out.
#[must_use]
pub fn sign(lines: &[SignLine]) -> Vec<u8> {
    let mut alphabets = Alphabets::default();
    let mut content = String::from("BT\n");
    let mut y = PAPER.1 - MARGIN;
    for line in lines {
        let (letters, size) = fitted(line);
        y -= size;
        if y < MARGIN {
            break;
        }
        let mut x = MARGIN;
        for letter in letters {
            // A sign has fewer letters than there are codes.
            if let Some((alphabet, code)) = alphabets.code(letter) {
                let _ = writeln!(
                    content,
                    "/F{alphabet} {size:.2} Tf 1 0 0 1 {x:.2} {y:.2} Tm \
                     <{code:04X}> Tj"
                );
            }
            x += width(letter, size);
        }
        y -= size * (LEADING - 1.0);
    }
    content.push_str("ET\n");
    write_pdf(&alphabets, &[content])
}

/// The letters of a line that fit beside each other, and their size.
fn fitted(line: &SignLine) -> (Vec<char>, f32) {
    let room = PAPER.0 - 2.0 * MARGIN;
    let letters = line.text.chars().filter(|letter| !letter.is_control());
    let mut letters: Vec<char> = letters.collect();
    let length = |letters: &[char], size| -> f32 {
        letters.iter().map(|letter| width(*letter, size)).sum()
    };
    let whole = length(&letters, 1.0).max(1.0);
    let size = line.size.min(room / whole).max(SMALLEST);
    if length(&letters, size) > room {
        let mut at = width(CUT, size);
        let fits = |letter: &&char| {
            at += width(**letter, size);
            at <= room
        };
        let count = letters.iter().take_while(fits).count();
        letters.truncate(count);
        letters.push(CUT);
    }
    (letters, size)
}

/// The width of a letter in points.
fn width(letter: char, size: f32) -> f32 {
    letter.width().unwrap_or(0) as f32 * WIDTH / 1000.0 * size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, size: f32) -> SignLine {
        SignLine { text: text.to_owned(), size }
    }

    #[test]
    fn a_long_line_becomes_smaller_and_a_longer_one_is_cut() {
        let (letters, size) = fitted(&line("egon", 48.0));
        assert_eq!((letters.len(), size), (4, 48.0));
        let (letters, size) = fitted(&line(&"x".repeat(40), 48.0));
        assert_eq!(letters.len(), 40);
        assert!(size > SMALLEST && size < 48.0, "{size}");
        let (letters, size) = fitted(&line(&"日".repeat(200), 48.0));
        assert_eq!((letters.last(), size), (Some(&CUT), SMALLEST));
        assert!(letters.len() < 50, "{}", letters.len());
    }

    #[test]
    fn a_sign_is_one_page_whatever_its_lines() {
        let lines = vec![line("Who you gonna call?\u{7}\n", 30.0); 100];
        let pdf = sign(&lines);
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains("/Count 1"), "{text}");
        assert!(sign(&[]).starts_with(b"%PDF-"));
    }
}
