//! The trial: whether the second renderer draws a page whole.

use std::io;
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
pub(crate) struct Trial<'a> {
    renderer: SecondRenderer,
    document: &'a Document,
    /// Made for the first page that is tried: most documents need none.
    drawing: Option<SecondDrawing>,
    began: Instant,
}

impl<'a> Trial<'a> {
    /// Trials of pages of this document.
    pub fn new(renderer: SecondRenderer, document: &'a Document) -> Trial<'a> {
        Trial { renderer, document, drawing: None, began: Instant::now() }
    }

    /// Tries page `number` (from 1) if something of it would be lost. When the
    /// second renderer draws it without a complaint, it is to draw the page,
    /// and what would have been lost becomes a note.
    pub fn hands_over(
        &mut self,
        number: u32,
        findings: &mut [Finding],
    ) -> bool {
        let mut losses: Vec<&mut Finding> =
            findings.iter_mut().filter(|one| one.loss).collect();
        let is_about_letters = |one: &&mut Finding| {
            ABOUT_LETTERS.iter().any(|start| one.text.starts_with(start))
        };
        if losses.is_empty()
            || losses.iter().any(is_about_letters)
            || !self.draws_whole(number).unwrap_or(false)
        {
            return false;
        }
        let name = self.renderer.name();
        for loss in &mut losses {
            loss.loss = false;
            loss.text = format!(
                "drawn by {name}, because our own renderer says that {}",
                loss.text
            );
        }
        true
    }

    /// Whether the second renderer draws a page whole; an error when the
    /// document cannot be handed to it.
    fn draws_whole(&mut self, page: u32) -> io::Result<bool> {
        let time = TRIALS_TIME.saturating_sub(self.began.elapsed());
        let Some(size) = self.document.page_size(page) else {
            return Ok(false);
        };
        if time.is_zero() {
            return Ok(false);
        }
        let drawing = match self.drawing.take() {
            Some(drawing) => drawing,
            None => SecondDrawing::new(self.renderer.clone(), self.document)?,
        };
        let (dpi, color) = (TRIAL_DPI, false);
        let wanted = Wanted { page, size, dpi, color, time };
        let drawn = drawing.start(&wanted).and_then(SecondPage::finish);
        self.drawing = Some(drawing);
        Ok(drawn.is_ok())
    }
}
