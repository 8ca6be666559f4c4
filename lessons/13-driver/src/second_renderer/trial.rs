//! The trial: whether the second renderer draws a page whole.

use std::time::{Duration, Instant};

use super::SecondRenderer;
use super::bands::SecondDrawing;
use super::page::{SecondPage, Wanted};
use crate::{Document, Finding};

/// The resolution of a trial in dots to the inch: as little work as possible.
const TRIAL_DPI: f64 = 20.0;
/// How long all trials of a document may take. A client waits for them.
const TRIALS_TIME: Duration = Duration::from_secs(20);
/// How the losses begin that are not handed over. Of a letter for which there
/// is no font here, another program draws something, but nobody can tell
/// whether it is the letter.
const ABOUT_LETTERS: [&str; 2] = ["letters of the font ", "text in the font "];

/// The trials of a document's pages.
pub(crate) struct Trial {
    drawing: SecondDrawing,
    began: Instant,
}

impl Trial {
    /// Trials of pages of this document. `None` when it cannot be handed to
    /// another program.
    pub fn new(renderer: SecondRenderer, document: &Document) -> Option<Trial> {
        let drawing = SecondDrawing::new(renderer, document).ok()?;
        Some(Trial { drawing, began: Instant::now() })
    }

    /// Tries page `number` (from 1) if something of it would be lost. When the
    /// second renderer draws it without a complaint, it is to draw the page,
    /// and what would have been lost becomes a note.
    pub fn hands_over(
        &self,
        document: &Document,
        number: u32,
        findings: &mut [Finding],
    ) -> bool {
        let left = TRIALS_TIME.saturating_sub(self.began.elapsed());
        let mut losses = findings.iter_mut().filter(|one| one.loss).peekable();
        if losses.peek().is_none() || left.is_zero() {
            return false;
        }
        let mut losses: Vec<&mut Finding> = losses.collect();
        let is_about_letters = |one: &&mut Finding| {
            ABOUT_LETTERS.iter().any(|start| one.text.starts_with(start))
        };
        if losses.iter().any(is_about_letters)
            || !self.draws_whole(document, number, left)
        {
            return false;
        }
        let name = self.drawing.name();
        for loss in &mut losses {
            loss.loss = false;
            loss.text = drawn_by(name, &loss.text);
        }
        true
    }

    fn draws_whole(
        &self,
        document: &Document,
        page: u32,
        time: Duration,
    ) -> bool {
        let Some(size) = document.page_size(page) else { return false };
        let (dpi, color) = (TRIAL_DPI, false);
        let wanted = Wanted { page, size, dpi, color, time };
        let page = self.drawing.start(&wanted);
        page.and_then(SecondPage::finish).is_ok()
    }
}

/// What is said of a page that a second renderer draws.
pub(crate) fn drawn_by(name: &str, why: &str) -> String {
    format!("drawn by {name}, because drawn by us, {why}")
}
