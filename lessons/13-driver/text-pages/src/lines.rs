//! The lines of a text: letters in columns, wrapped at the edge of the page.

use unicode_width::UnicodeWidthChar;

/// Letters to a line, of which a wide one counts as two.
pub const COLUMNS: usize = 80;
/// Lines to a page.
pub const LINES: usize = 60;
/// Where tabulators stand.
const TAB: usize = 8;
/// The most signs that stand in one column, one over the other.
const MOST_OVER: usize = 8;

/// A letter, and the column (from 0) in which it stands.
pub(crate) type Cell = (usize, char);

/// A page: its lines, as far as they have letters.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct TextPage(pub Vec<Vec<Cell>>);

/// What of a text does not come out as it is.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Losses {
    /// Control characters that mean nothing on paper.
    pub controls: bool,
    /// Letters that are to be joined, or to be read from the right.
    pub scripts: bool,
}

/// Sets a text in lines and pages.
pub(crate) fn set(text: &str, losses: &mut Losses) -> Vec<TextPage> {
    let mut setter = Setter::default();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => {
                letters.next_if_eq(&'\n');
                setter.end_line();
            }
            '\n' | '\x0B' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                setter.end_line();
            }
            '\x0C' => setter.end_page(),
            '\t' => setter.column = (setter.column / TAB + 1) * TAB,
            // What follows is printed over what was.
            '\x08' => setter.column = setter.column.saturating_sub(1),
            letter if letter.is_control() => losses.controls = true,
            letter => {
                losses.scripts |= is_joined(letter);
                setter.put(letter);
            }
        }
    }
    // A text that ends in a page break has no empty page behind it.
    if !setter.line.is_empty() || !setter.page.0.is_empty() {
        setter.end_page();
    }
    setter.pages
}

#[derive(Default)]
struct Setter {
    pages: Vec<TextPage>,
    page: TextPage,
    line: Vec<Cell>,
    column: usize,
    /// How many signs without a width of their own stand over the last letter.
    over: usize,
}

impl Setter {
    fn put(&mut self, letter: char) {
        let width = letter.width().unwrap_or(0);
        if width == 0 {
            // An accent belongs to the letter before it.
            self.over += 1;
            if self.over <= MOST_OVER {
                self.line.push((self.column, letter));
            }
            return;
        }
        self.over = 0;
        if self.column + width > COLUMNS {
            self.end_line();
        }
        if letter != ' ' {
            self.line.push((self.column, letter));
        }
        self.column += width;
    }

    fn end_line(&mut self) {
        if self.page.0.len() == LINES {
            self.pages.push(std::mem::take(&mut self.page));
        }
        self.page.0.push(std::mem::take(&mut self.line));
        (self.column, self.over) = (0, 0);
    }

    fn end_page(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.column = 0;
        self.pages.push(std::mem::take(&mut self.page));
    }
}

/// Letters of scripts that are written from right to left, or whose letters
/// change their shape or their place beside others. We do neither.
fn is_joined(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0590..=0x08FF | 0x0900..=0x0DFF | 0x0F00..=0x109F | 0x1780..=0x17FF
        | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages of a text, each line as text again.
    fn pages(text: &str) -> Vec<Vec<String>> {
        let pages = set(text, &mut Losses::default());
        let line = |cells: &Vec<Cell>| {
            let mut line = String::new();
            for (column, letter) in cells {
                while line.chars().filter_map(char::width).sum::<usize>()
                    < *column
                {
                    line.push(' ');
                }
                line.push(*letter);
            }
            line
        };
        let page = |page: &TextPage| page.0.iter().map(line).collect();
        pages.iter().map(page).collect()
    }

    #[test]
    fn lines_end_in_every_way_in_which_systems_end_them() {
        for text in ["a\nb", "a\r\nb\r\n", "a\rb", "\u{FEFF}a\nb\n", "a\x0Bb"] {
            assert_eq!(pages(text), [["a", "b"]], "{text:?}");
        }
        assert_eq!(pages("a\n\nb"), [["a", "", "b"]]);
    }

    #[test]
    fn a_form_feed_begins_a_new_page() {
        assert_eq!(pages("a\x0Cb\x0C"), [["a"], ["b"]]);
        assert_eq!(pages("a\n\x0Cb"), [["a"], ["b"]]);
        assert_eq!(pages("a\x0C\x0Cb"), [vec!["a"], vec![], vec!["b"]]);
    }

    #[test]
    fn a_page_is_full_after_its_lines() {
        let text = "line\n".repeat(LINES);
        assert_eq!(pages(&text).len(), 1);
        assert_eq!(pages(&format!("{text}more")).len(), 2);
        assert_eq!(pages(&"\n".repeat(LINES * 3)).len(), 3);
    }

    #[test]
    fn a_long_line_goes_on_in_the_next() {
        let text = format!("{}b", "a".repeat(COLUMNS));
        assert_eq!(pages(&text), [["a".repeat(COLUMNS), "b".to_owned()]]);
        let text = format!("{}語", "a".repeat(COLUMNS - 1));
        let lines = ["a".repeat(COLUMNS - 1), "語".to_owned()];
        assert_eq!(pages(&text), [lines]);
    }

    #[test]
    fn tabs_and_backspaces_move_to_their_columns() {
        assert_eq!(pages("a\tb\n1234567\tc"), [["a       b", "1234567 c"]]);
        let bold = set("a\x08a", &mut Losses::default());
        assert_eq!(bold, [TextPage(vec![vec![(0, 'a'), (0, 'a')]])]);
        assert_eq!(pages("\x08\x08a"), [["a"]]);
    }

    #[test]
    fn what_paper_cannot_show_is_found() {
        let mut losses = Losses::default();
        set("\x1B[1mbold", &mut losses);
        assert_eq!(losses, Losses { controls: true, scripts: false });
        let mut losses = Losses::default();
        set("שלום", &mut losses);
        assert_eq!(losses, Losses { controls: false, scripts: true });
    }

    #[test]
    fn accents_without_end_stand_over_one_letter_only() {
        let text = format!("e{}", "\u{301}".repeat(10_000));
        let pages = set(&text, &mut Losses::default());
        assert_eq!(pages[0].0[0].len(), 1 + MOST_OVER);
    }
}
