//! The papers in the printer's trays: a page is fitted to one of them, for a
//! printer that lacks a paper waits for a person, and keeps everybody waiting.

use driver::Media;

use super::Worker;
use crate::{Format, PrintJob};

impl Worker {
    /// Whether the printer is to be asked what is loaded: not for a job that
    /// asks for a certain paper, nor where an administrator has said it.
    pub(super) fn wants_papers(&self, job: &PrintJob) -> bool {
        job.format != Format::Raw
            && job.media.is_none()
            && self.settings.loaded.is_empty()
    }

    /// The papers to choose from; empty when none is known. `said` is what the
    /// printer says.
    pub(super) fn loaded_papers(
        &self,
        job: &PrintJob,
        said: &[String],
    ) -> Vec<Media> {
        if !self.wants_papers(job) {
            return self.settings.loaded.clone();
        }
        said.iter().filter_map(|paper| paper.parse().ok()).collect()
    }
}
