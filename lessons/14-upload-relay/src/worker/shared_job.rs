//! A job in print, as its two threads share it: one sends the document, one
//! keeps the lease.

use std::sync::{Mutex, MutexGuard, PoisonError};

use driver::isolated;
use printer::{Canceller, Event, Severity};

use super::outcome::Outcome;
use super::page_count::most_sides;
use crate::{Phase, PrintJob, Progress};

/// What the two threads of a job know together.
pub(super) struct SharedJob(Mutex<JobState>);

pub(super) struct JobState {
    pub progress: Progress,
    /// The most page sides that the printer can have printed.
    most_sides: u32,
    /// The sides that were sent, once all have been; a printer that makes
    /// copies prints them more than once.
    pub set_sides: Option<u32>,
    /// Whose passwords the printer has been told, in words.
    pub passwords: Option<String>,
    /// Why the job must not go on, once somebody has said so. The sending
    /// then fails, and this is the true reason.
    pub stopped_by: Option<Outcome>,
    /// Breaks off the conversation with the printer, once there is one.
    pub canceller: Option<Canceller>,
    /// Ends the renderer, whatever it does.
    pub renderer: isolated::Stop,
}

/// What the thread that keeps the lease is told of the job.
pub(super) enum Note {
    /// The printer has said something.
    Printer(Event),
    /// The data of one more page has been sent.
    PageSent,
    /// The document's last byte has been sent.
    AllSent,
}

impl SharedJob {
    /// `before` is the progress of the attempt before. It says where this one
    /// begins, when it goes on after another.
    pub fn new(job: &PrintJob, before: &Progress) -> SharedJob {
        let Progress { resume, banner, .. } = *before;
        SharedJob(Mutex::new(JobState {
            progress: Progress { resume, banner, ..Progress::default() },
            most_sides: most_sides(job),
            set_sides: None,
            passwords: None,
            stopped_by: None,
            canceller: None,
            renderer: isolated::Stop::default(),
        }))
    }

    pub fn lock(&self) -> MutexGuard<'_, JobState> {
        // All that is done under this lock is done in one step: a thread that
        // panicked left it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JobState {
    /// Ends the printing of the job. The first reason counts: what follows is
    /// only its echo.
    pub fn stop(&mut self, reason: Outcome) {
        self.stopped_by.get_or_insert(reason);
        if let Some(canceller) = &self.canceller {
            canceller.cancel();
        }
        self.renderer.stop();
    }

    /// Returns whether the note changed what is known of the job.
    pub fn apply(&mut self, note: Note) -> bool {
        let before = self.progress.clone();
        let progress = &mut self.progress;
        match note {
            Note::Printer(Event::Page(pages)) => self.count(pages),
            Note::Printer(Event::Status(status)) => {
                let needs_person = status.severity() == Severity::Attention;
                progress.condition =
                    needs_person.then(|| status.meaning().to_owned());
            }
            Note::PageSent => progress.sent += 1,
            Note::AllSent => progress.phase = Phase::Sent,
            Note::Printer(_) => {}
        }
        self.progress != before
    }

    /// Takes over the printer's count of pages, unless it cannot be.
    pub fn count(&mut self, pages: u32) {
        if pages <= self.most_sides {
            self.progress.printed = self.progress.printed.max(pages);
        } else {
            self.progress.note(&format!(
                "the printer said that it printed {pages} pages, which cannot \
                 be"
            ));
        }
    }
}
