//! The banner page: a sheet before a job, which says whose it is.

use crossbeam_channel::Sender;
use driver::{Document, Duplex, NumberUp, Settings};
use job_queue::Claim;
use printer::{Event, JobTicket};
use text_pages::{SignLine, sign};

use super::Worker;
use super::gate::Gate;
use super::outcome::Outcome;
use super::shared_job::{Note, SharedJob};
use crate::{Phase, PrintJob};

/// The sizes of the letters, in points.
const LARGE: f32 = 40.0;
const MEDIUM: f32 = 20.0;
const SMALL: f32 = 14.0;

impl Worker {
    /// Prints the banner page of a job that is to have one. It is a print of
    /// its own before the job's: it has one copy, whatever the job has, and is
    /// not stapled to it.
    ///
    /// # Errors
    /// How the job ends that has got no further.
    pub(super) fn print_banner(
        &self,
        claim: &Claim,
        job: &PrintJob,
        job_ticket: &JobTicket,
        notes: &Sender<Note>,
        shared: &SharedJob,
    ) -> Result<(), Outcome> {
        let progress = shared.lock().progress.clone();
        // What goes on after another sending lies behind that one's banner.
        let is_behind = progress.banner || progress.resume.is_some();
        // Whoever fetches a job from the printer's box knows whose it is.
        let is_boxed = job_ticket.secure_print.is_some();
        if !job.sheets.banner || is_behind || is_boxed {
            return Ok(());
        }
        let wrong = |error: driver::Error| {
            Outcome::Failed(format!("its banner page: {error}"))
        };
        // It is our own, so it is drawn here and not in a child.
        let page = sign(&lines(claim, job));
        let page = Document::open(page).map_err(|error| wrong(error.into()))?;
        let id = format!("{}-banner", job_ticket.id);
        let mut ticket = job.ticket(&id, self.settings.language);
        ticket.copies = 1;
        ticket.ask_for_papers = self.wants_papers(job);
        // The printer's own accounts count it, too.
        ticket.account_track.clone_from(&job_ticket.account_track);
        ticket.authentication.clone_from(&job_ticket.authentication);
        (ticket.staple, ticket.punch) = (None, None);
        let events = notes.clone();
        let session = self.start(&ticket, shared, move |event| {
            // Its page is none of the job's.
            if let Event::Status(_) = event {
                let _ = events.send(Note::Printer(event));
            }
        })?;
        let settings = self.banner_settings(job, session.papers());
        let mut gate =
            Gate { worker: self, claim, job: shared, session, open: false };
        let drawn = driver::print(&page, &settings, &mut gate, &mut |_| ());
        let finished = match drawn {
            Ok(_) => gate.session.finish(),
            Err(driver::Error::Write(error)) => {
                let error = printer::Error::from_io(error);
                Err(error.map_err(|error| Outcome::Retry(error.to_string()))?)
            }
            Err(error) => {
                if gate.open {
                    // The printer is to forget the rest.
                    gate.session.abort();
                }
                return Err(wrong(error));
            }
        };
        match finished {
            Ok(_) => {}
            Err(printer::Error::Cancelled { at_printer: true, .. }) => {
                return Err(Outcome::Cancelled);
            }
            Err(error) if error.began() => {
                let reason = format!("its banner page: {error}");
                return Err(Outcome::Uncertain(reason));
            }
            Err(error) => return Err(Outcome::NotBegun(error)),
        }
        let mut state = shared.lock();
        state.progress.banner = true;
        state.progress.phase = Phase::Rendering;
        // If the job has to wait now, its next attempt prints no second one.
        let note = state.progress.to_note();
        drop(state);
        self.log_failure(self.queue.progress(claim, &note).map(drop));
        Ok(())
    }

    /// One side of one sheet, of the paper of the job.
    fn banner_settings(&self, job: &PrintJob, papers: &[String]) -> Settings {
        let normal = job.settings(self.settings.dpi, 1);
        Settings {
            language: self.settings.language,
            loaded: self.loaded_papers(job, papers),
            color: false,
            pages: None,
            duplex: Duplex::Off,
            number_up: NumberUp::default(),
            orientation: None,
            staple: None,
            punch: None,
            second_pages: Vec::new(),
            ..normal
        }
    }
}

/// What the banner page says.
fn lines(claim: &Claim, job: &PrintJob) -> Vec<SignLine> {
    let line = |text: &str, size| SignLine { text: text.to_owned(), size };
    let whose = match job.shown_user() {
        "" => "(nobody's by name)",
        user => user,
    };
    let mut lines = vec![
        line(whose, LARGE),
        line("", SMALL),
        line(&job.name, MEDIUM),
        line("", SMALL),
        line(&format!("Job {}", claim.job.id), SMALL),
    ];
    if !job.host.is_empty() {
        lines.push(line(&format!("Sent from {}", job.host), SMALL));
    }
    let (copies, sides) = (job.copies, job.set_sides());
    if sides > 0 {
        let text = match copies {
            1 => format!("Sides of paper: {sides}"),
            _ => format!("Sides of paper: {copies} × {sides}"),
        };
        lines.push(line(&text, SMALL));
    }
    lines
}
