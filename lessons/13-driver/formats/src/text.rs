//! Plain text: UTF-8, with or without a mark at its start.

/// The mark at the start of a text (U+FEFF in UTF-8), which is no letter.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Whether a file that starts like this is text: UTF-8 with no control
/// characters but blanks, page breaks and backspaces.
pub(crate) fn is_text(start: &[u8]) -> bool {
    let start = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut by the end of what we look at.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()])
                .unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_plain =
        |c: char| !c.is_control() || c.is_whitespace() || c == '\x08';
    !start.is_empty() && start.chars().all(is_plain)
}

/// Whether it looks like text whose letters are bytes, as before Unicode.
pub(crate) fn is_other_text(start: &[u8]) -> bool {
    let is_plain = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    !start.is_empty() && start.iter().all(is_plain)
}

pub(crate) fn is_web_page(start: &[u8]) -> bool {
    let text = start.strip_prefix(MARK).unwrap_or(start);
    let text = text.trim_ascii_start().to_ascii_lowercase();
    text.starts_with(b"<html") || text.starts_with(b"<!doctype html")
}
