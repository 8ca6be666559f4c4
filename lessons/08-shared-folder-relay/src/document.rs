//! What is printed here: text that shows at a glance whether it is whole.

use std::fmt;

/// A document of numbered pages, a line a page.
pub struct Document {
    pub user: &'static str,
    pub name: String,
    pub text: String,
}

impl Document {
    pub fn new(user: &'static str, name: &str, pages: u32) -> Self {
        let text = (1..=pages)
            .map(|page| format!("{user}'s {name}, page {page} of {pages}\n"))
            .collect();
        Self { user, name: name.to_owned(), text }
    }
}

/// What fell into the printer's tray: whatever bytes one connection brought.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Paper(pub String);

/// "10 pages, the last says: Peter's lease.txt, page 10 of 10"
impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0.lines().last() {
            Some(last) => {
                let pages = self.0.lines().count();
                write!(f, "{pages} pages, the last says: {last}")
            }
            None => f.write_str("nothing"),
        }
    }
}
