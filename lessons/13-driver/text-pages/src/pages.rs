//! The pages of a text, as a PDF.

use std::fmt::Write;

use findings::Findings;

use crate::alphabet::{Alphabets, WIDTH};
use crate::document::{PAPER, write_pdf};
use crate::lines::{COLUMNS, LINES, Losses, TextPage, set};
use crate::{LONGEST, TooLong};

/// The size of the letters in points, and from one line to the next.
const SIZE: f32 = 10.0;
const LEADING: f32 = 12.0;

/// A text as a PDF. What does not come out as it is goes to `findings`.
///
/// # Errors
/// [`TooLong`].
pub fn to_pdf(
    text: &[u8],
    findings: &mut Findings,
) -> Result<Vec<u8>, TooLong> {
    if text.len() > LONGEST {
        return Err(TooLong);
    }
    let text = String::from_utf8_lossy(text);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        findings.loss(
            None,
            "some bytes of the text are not UTF-8, and are printed as \u{FFFD}",
        );
    }
    let mut losses = Losses::default();
    let pages = set(&text, &mut losses);
    if losses.controls {
        let text = "control characters of the text are left out";
        findings.note(None, text);
    }
    if losses.scripts {
        findings.loss(
            None,
            "the text has letters that are joined or read from the right, \
             and they are printed one by one from the left; send it as a PDF",
        );
    }
    Ok(Writer::default().write(&pages, findings))
}

#[derive(Default)]
struct Writer {
    alphabets: Alphabets,
    has_too_many: bool,
}

impl Writer {
    fn write(mut self, pages: &[TextPage], findings: &mut Findings) -> Vec<u8> {
        let contents: Vec<String> =
            pages.iter().map(|page| self.content(page)).collect();
        if self.has_too_many {
            findings.loss(None, "the text has more kinds of letters than fonts can have; some are left out");
        }
        write_pdf(&self.alphabets, &contents)
    }

    /// The content of a page: each letter in its column.
    fn content(&mut self, page: &TextPage) -> String {
        let letter = SIZE * WIDTH / 1000.0;
        let left = (PAPER.0 - letter * COLUMNS as f32) / 2.0;
        let top = (PAPER.1 + LEADING * LINES as f32) / 2.0;
        let mut content = String::from("BT\n");
        let mut font = None;
        for (line, cells) in page.0.iter().enumerate() {
            let y = top - LEADING * (line + 1) as f32;
            // Behind which column the run in hand ends, when one is begun.
            let mut run: Option<usize> = None;
            for (column, character) in cells {
                let Some((alphabet, code)) = self.alphabets.code(*character)
                else {
                    self.has_too_many = true;
                    continue;
                };
                if run != Some(*column) || font != Some(alphabet) {
                    if run.is_some() {
                        content.push_str("> Tj\n");
                    }
                    if font != Some(alphabet) {
                        let _ = writeln!(content, "/F{alphabet} {SIZE} Tf");
                        font = Some(alphabet);
                    }
                    let x = left + letter * *column as f32;
                    let _ = write!(content, "1 0 0 1 {x:.2} {y:.2} Tm <");
                }
                let _ = write!(content, "{code:04X}");
                let width = unicode_width::UnicodeWidthChar::width(*character);
                run = Some(column + width.unwrap_or(0));
            }
            if run.is_some() {
                content.push_str("> Tj\n");
            }
        }
        content.push_str("ET\n");
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pdf(text: &[u8]) -> (String, Vec<String>) {
        let mut findings = Findings::default();
        let pdf = to_pdf(text, &mut findings).expect("it is short");
        let findings = findings.to_vec();
        let findings = findings.iter().map(ToString::to_string).collect();
        (String::from_utf8_lossy(&pdf).into_owned(), findings)
    }

    #[test]
    fn letters_beside_each_other_are_shown_at_once() {
        let (pdf, findings) = pdf("ab c\n日b".as_bytes());
        assert!(pdf.contains("57.64 768.95 Tm <00010002> Tj"), "{pdf}");
        assert!(pdf.contains("75.64 768.95 Tm <0003> Tj"), "{pdf}");
        assert!(pdf.contains("69.64 756.95 Tm <0002> Tj"), "{pdf}");
        assert!(findings.is_empty(), "{findings:?}");
    }

    #[test]
    fn bytes_that_are_no_text_are_found() {
        let (_, findings) = pdf(b"caf\xE9");
        assert!(findings[0].contains("not UTF-8"), "{findings:?}");
        let long = vec![b'x'; LONGEST + 1];
        assert_eq!(to_pdf(&long, &mut Findings::default()), Err(TooLong));
    }
}
