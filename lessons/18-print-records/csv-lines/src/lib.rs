//! Lines of CSV: a table for a spreadsheet (RFC 4180).
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a
//! formula, and a formula can start programs and send what it sees away. Names
//! of documents and of targets, and the words of errors, come from strangers:
//! such a cell gets an apostrophe before it, which says that it is text (OWASP,
//! "CSV Injection").
//!
//! ```
//! let cells = ["ray", "notice, last", "=1+1", "3"];
//! assert_eq!(csv_lines::line(&cells), "ray,\"notice, last\",\"'=1+1\",3\r\n");
//! ```

/// One line of a table, with its end.
#[must_use]
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

// ANCHOR: cell
/// A cell, in quotation marks where a comma, a quotation mark or the end of a
/// line is in it, and never a formula.
fn cell(text: &str) -> String {
    // Some programs look for the formula behind what they skip.
    let begins = text.trim_start_matches([' ', '\u{feff}', '\0']);
    let is_formula =
        begins.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', ';', '"', '\r', '\n', '\t', '\'']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}
// ANCHOR_END: cell

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_the_table_would_break() {
        for (text, cell_of_it) in [
            ("lease.pdf", "lease.pdf"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("the \"best\"", "\"the \"\"best\"\"\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), cell_of_it);
        }
        assert_eq!(line(&["a", "b,c"]), "a,\"b,c\"\r\n");
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for text in [
            "=cmd|' /C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "\u{feff}=1",
        ] {
            let cell = cell(text);
            assert!(cell.trim_start_matches('"').starts_with('\''), "{cell}");
        }
    }
}
