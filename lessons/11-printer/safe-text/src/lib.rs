//! Text that others wrote, such as a file's name or a printer's display, fit
//! for terminals, web pages and logs.
//!
//! ```
//! let name = "invoice-\u{202e}fdp.exe\u{1b}[2J";
//! assert_eq!(safe_text::plain(name, 100), "invoice-fdp.exe[2J");
//! ```

/// The text without what [`breaks_a_line`], and at most `longest` characters
/// long.
#[must_use]
pub fn plain(text: &str, longest: usize) -> String {
    let seen = text.chars().filter(|letter| !breaks_a_line(*letter));
    seen.take(longest).collect()
}

/// Whether a character is not seen itself but changes how others are: control
/// characters, which command a terminal, Unicode's own ends of line, and its
/// turns of direction, which let the end of a name stand before its beginning
/// (Unicode Technical Report 36, section 2.5.2).
#[must_use]
pub fn breaks_a_line(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{2028}'
                | '\u{2029}'
                | '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}
