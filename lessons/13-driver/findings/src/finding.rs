//! A finding: something that is not on paper as the document says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// The most different findings that are kept of one document.
const MOST_KINDS: usize = 64;
/// The longest text of a finding, in characters.
const LONGEST_TEXT: usize = 300;

// ANCHOR: finding
/// Something that is not on paper as the document says.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Finding {
    /// Whether text, a picture or a page is lost. What loses nothing, such as
    /// a font replaced by one of its kind, is a note.
    pub loss: bool,
    /// What is missing or different, in words.
    pub text: String,
    /// The pages that have it, from 1, ascending; empty when it concerns the
    /// document as a whole.
    pub pages: Vec<u32>,
}
// ANCHOR_END: finding

/// The findings of a document, each text once, losses first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kinds: BTreeMap<(Severity, String), BTreeSet<u32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Loss,
    Note,
}

impl Findings {
    /// Adds what is lost: on a page (from 1), or of the document as a whole.
    pub fn loss(&mut self, page: Option<u32>, text: impl Into<String>) {
        self.add(Severity::Loss, page, text.into());
    }

    /// Adds what is different, and loses nothing.
    pub fn note(&mut self, page: Option<u32>, text: impl Into<String>) {
        self.add(Severity::Note, page, text.into());
    }

    /// Adds what was found elsewhere.
    pub fn extend(&mut self, found: impl IntoIterator<Item = Finding>) {
        for Finding { loss, text, pages } in found {
            let severity = if loss { Severity::Loss } else { Severity::Note };
            self.add(severity, pages, text);
        }
    }

    fn add(
        &mut self,
        severity: Severity,
        pages: impl IntoIterator<Item = u32>,
        text: String,
    ) {
        // Words of the document, a font's name for example, end up in here.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
            .take(LONGEST_TEXT)
            .collect();
        let kind = (severity, text);
        // A document can make up any number of fonts, to fill our memory.
        if self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&kind) {
            self.kinds.entry(kind).or_default().extend(pages);
        }
    }

    /// Those of these pages (from 1, ascending), and of the document as a
    /// whole.
    pub fn on(&self, chosen: &[u32]) -> Findings {
        let mut kinds = self.kinds.clone();
        kinds.retain(|_, pages| {
            let of_all = pages.is_empty();
            pages.retain(|page| chosen.binary_search(page).is_ok());
            of_all || !pages.is_empty()
        });
        Findings { kinds }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// All of them, losses first.
    pub fn to_vec(&self) -> Vec<Finding> {
        let finding =
            |(kind, pages): (&(Severity, String), &BTreeSet<u32>)| Finding {
                loss: kind.0 == Severity::Loss,
                text: kind.1.clone(),
                pages: pages.iter().copied().collect(),
            };
        self.kinds.iter().map(finding).collect()
    }
}

impl fmt::Display for Finding {
    /// "page 3: …", "pages 1-3, 7: …", or the text alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pages.as_slice() {
            [] => {}
            [page] => write!(f, "page {page}: ")?,
            pages => {
                f.write_str("pages ")?;
                for (place, run) in
                    pages.chunk_by(|a, b| *b == a + 1).enumerate()
                {
                    let comma = if place > 0 { ", " } else { "" };
                    match run {
                        [page] => write!(f, "{comma}{page}")?,
                        [first, .., last] => {
                            write!(f, "{comma}{first}-{last}")?
                        }
                        [] => {}
                    }
                }
                f.write_str(": ")?;
            }
        }
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_told_once_with_all_its_pages_and_losses_come_first() {
        let mut findings = Findings::default();
        findings.note(Some(1), "another font");
        for page in [7, 1, 3, 2] {
            findings.loss(Some(page), "no shape");
        }
        findings.loss(None, "a page is missing");
        let lines: Vec<String> =
            findings.to_vec().iter().map(Finding::to_string).collect();
        assert_eq!(
            lines,
            [
                "a page is missing",
                "pages 1-3, 7: no shape",
                "page 1: another font"
            ]
        );
    }

    #[test]
    fn a_document_cannot_fill_the_memory_with_findings() {
        let mut findings = Findings::default();
        for font in 0..10_000 {
            findings.note(Some(1), format!("{font}\u{1b}{}", "x".repeat(999)));
        }
        let kept = findings.to_vec();
        assert_eq!(kept.len(), MOST_KINDS);
        assert!(kept.iter().all(|finding| {
            finding.text.chars().count() == LONGEST_TEXT
                && !finding.text.contains('\u{1b}')
        }));
    }
}
