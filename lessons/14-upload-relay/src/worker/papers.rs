//! The papers in the printer's trays: a page is fitted to one of them, for a
//! printer that lacks a paper waits for a person, and keeps everybody waiting.

use driver::Media;

use super::Worker;
use crate::{Format, PrintJob};

impl Worker {
    /// The papers to choose from; empty when none is known, or when the job
    /// asks for a certain one.
    pub(super) fn loaded_papers(&self, job: &PrintJob) -> Vec<Media> {
        if job.format == Format::Raw || job.media.is_some() {
            return Vec::new();
        }
        if !self.settings.loaded.is_empty() {
            return self.settings.loaded.clone();
        }
        // A printer in trouble says so when the job begins.
        let papers = self.printer.papers().unwrap_or_default();
        let mut loaded: Vec<Media> =
            papers.iter().filter_map(|paper| paper.parse().ok()).collect();
        loaded.dedup();
        loaded
    }
}
