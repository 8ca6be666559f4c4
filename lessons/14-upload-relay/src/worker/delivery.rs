//! The delivery of one job: from the spool, through the driver, to paper.

use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use crossbeam_channel::{Sender, unbounded};
use driver::{Settings, isolated};
use job_queue::Claim;
use printer::{Event, JobTicket, Session};

use super::Worker;
use super::gate::Gate;
use super::outcome::Outcome;
use super::page_count::judge;
use super::shared_job::{Note, SharedJob};
use crate::{Format, Phase, PrintJob, Progress};

/// How many bytes of a document are passed on at once.
const CHUNK: usize = 256 * 1024;

impl Worker {
    /// Prints one job. The second value is how far it came.
    pub(super) fn deliver(&self, claim: &Claim) -> (Outcome, Progress) {
        let job = PrintJob::from_payload(&claim.job.payload);
        let job = match job.and_then(|job| self.check(job)) {
            Ok(job) => job,
            Err(reason) => {
                return (Outcome::Failed(reason), Progress::default());
            }
        };
        let before = Progress::from_note(claim.job.progress.as_deref());
        let (notes, inbox) = unbounded();
        let shared = &SharedJob::new(&job, &before);
        let outcome = thread::scope(|scope| {
            let keeper = scope.spawn(|| self.keep_lease(claim, &inbox, shared));
            // The last sender of notes is dropped in there, which ends the
            // keeper.
            let outcome = self.start_and_send(claim, &job, notes, shared);
            // A panic of the keeper is one over this job.
            keeper.join().unwrap_or_else(|panic| resume_unwind(panic));
            outcome
        });
        let mut state = shared.lock();
        // A cancelled or lost job makes the sending fail: say the cause.
        let outcome = match state.stopped_by.take() {
            Some(reason) if !matches!(outcome, Outcome::Printed) => reason,
            _ => outcome,
        };
        if matches!(outcome, Outcome::Printed) {
            state.progress.phase = Phase::Printed;
            state.progress.condition = None;
        }
        (outcome, state.progress.clone())
    }

    /// What comes out of the queue is checked like what goes in: others may
    /// be able to write to a queue in Redis.
    fn check(&self, job: PrintJob) -> Result<PrintJob, String> {
        if job.format == Format::Raw && !self.settings.allow_raw {
            return Err("it is raw printer data, which this server does not \
                        print without --allow-raw"
                .to_owned());
        }
        Ok(job)
    }

    fn start_and_send(
        &self,
        claim: &Claim,
        job: &PrintJob,
        notes: Sender<Note>,
        shared: &SharedJob,
    ) -> Outcome {
        let (document, scanned) = match self.document(job, shared) {
            Ok(document) => document,
            Err(outcome) => return outcome,
        };
        let resume = shared.lock().progress.resume;
        let is_raw = job.format == Format::Raw;
        // What goes on after another sending, or could leave its frame, is
        // drawn.
        let is_pdf_as_it_is =
            self.passes_on(job) && resume.is_none() && scanned.is_ok();
        let as_it_is = match scanned {
            Err(why) if is_raw => return Outcome::Failed(why.to_string()),
            _ => is_raw || is_pdf_as_it_is,
        };
        // Other queues have a job of this number, and this job may have been
        // sent before: the printer's messages must be about this one sending.
        let id = format!("{}-{:08x}", claim.job.id, fastrand::u32(..));
        let mut ticket = match is_pdf_as_it_is {
            true => job.pdf_ticket(&id),
            false => job.ticket(&id, self.settings.language),
        };
        if resume.is_some() {
            ticket.copies = 1;
        }
        ticket.ask_for_papers = !as_it_is && self.wants_papers(job);
        let number = claim.job.id.to_string();
        match self.settings.access.sign(job, &number, &mut ticket) {
            Ok(passwords) => shared.lock().passwords = passwords,
            Err(why) => return Outcome::Failed(why),
        }
        let _conversation = self.settings.printer_state.conversation();
        if let Err(outcome) =
            self.print_banner(claim, job, &ticket, &notes, shared)
        {
            return outcome;
        }
        let events = notes.clone();
        let started = self.start(&ticket, shared, move |event| {
            // Nobody listens any more once the job is over.
            let _ = events.send(Note::Printer(event));
        });
        let session = match started {
            Ok(session) => session,
            Err(outcome) => return outcome,
        };
        let mut settings =
            job.settings(self.settings.dpi, self.settings.threads);
        settings.language = self.settings.language;
        settings.color &= self.settings.color;
        settings.resume = resume;
        settings.loaded = self.loaded_papers(job, session.papers());
        let settings = (!as_it_is).then_some(&settings);
        let gate =
            Gate { worker: self, claim, job: shared, session, open: false };
        self.send(job, document.path(), settings, gate, &notes)
    }

    /// Begins a conversation with the printer, which can be broken off.
    pub(super) fn start(
        &self,
        ticket: &JobTicket,
        shared: &SharedJob,
        mut events: impl FnMut(Event) + Send + 'static,
    ) -> Result<Session, Outcome> {
        let state = self.settings.printer_state.clone();
        let session = self
            .printer
            .start(ticket, move |event| {
                if let Event::Status(status) = &event {
                    state.hear(status);
                }
                events(event);
            })
            .map_err(Outcome::NotBegun)?;
        let canceller = session.canceller();
        let canceller =
            canceller.map_err(|error| Outcome::Retry(error.to_string()))?;
        shared.lock().canceller = Some(canceller);
        Ok(session)
    }

    /// Sends the document, rendered with these settings or, without any, as it
    /// is, and waits for the paper.
    fn send(
        &self,
        job: &PrintJob,
        path: &Path,
        settings: Option<&Settings>,
        mut gate: Gate<'_>,
        notes: &Sender<Note>,
    ) -> Outcome {
        let shared = gate.job;
        let renderer = shared.lock().renderer.clone();
        let sent = match settings {
            None => send_file(path, &mut gate).map_err(driver::Error::Write),
            Some(settings) => isolated::print(
                path,
                settings,
                self.settings.limits,
                &renderer,
                &mut gate,
                &mut |_| drop(notes.send(Note::PageSent)),
            )
            .map(|printed| {
                let mut state = shared.lock();
                state.set_sides = Some(printed.sides);
                state.progress.set_findings(printed.findings, job);
            }),
        };
        use driver::Error as E;
        match sent {
            Ok(()) => {
                let _ = notes.send(Note::AllSent);
                match gate.session.finish() {
                    Ok(report) => judge(job, &report, &mut shared.lock()),
                    Err(error) if error.began() => broken_off(&error, shared),
                    Err(error) => Outcome::NotBegun(error),
                }
            }
            Err(E::Write(error)) => match printer::Error::from_io(error) {
                Ok(error) if error.began() => broken_off(&error, shared),
                Ok(error) => Outcome::NotBegun(error),
                Err(error) => {
                    gate.document_failed(&error.to_string(), job, true)
                }
            },
            Err(error @ E::Start(_)) => {
                Outcome::UnableToWork(error.to_string())
            }
            Err(error @ E::Renderer(_)) => {
                gate.document_failed(&error.to_string(), job, true)
            }
            // The same document would fail in the same way.
            Err(error) => gate.document_failed(&error.to_string(), job, false),
        }
    }
}

/// The outcome when the connection broke after the first byte: the printer may
/// print what it has, and it may not, so only a person knows. Unless it was a
/// person at the printer who ended the job.
fn broken_off(error: &printer::Error, shared: &SharedJob) -> Outcome {
    shared.lock().count(error.pages());
    match error {
        printer::Error::Cancelled { at_printer: true, .. } => {
            Outcome::Cancelled
        }
        error => {
            let why = error.to_string();
            Outcome::Uncertain(match &shared.lock().passwords {
                // Paper is out: they were right.
                Some(whose) if error.pages() == 0 => suspicion(&why, whose),
                _ => why,
            })
        }
    }
}

/// Why a job is uncertain that may have been refused: no program is to send it
/// again, for each wrong password brings an account closer to its lock.
pub(super) fn suspicion(why: &str, whose: &str) -> String {
    format!(
        "{why}. The printer may have refused the password of the {whose}: it \
         drops such a job without a word, and locks the account after a few. \
         Check it there before the job is sent again"
    )
}

/// Sends a file as it is.
fn send_file(path: &Path, out: &mut impl Write) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(()),
            count => out.write_all(&chunk[..count])?,
        }
    }
}
