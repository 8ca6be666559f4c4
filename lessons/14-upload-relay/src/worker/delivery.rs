//! The delivery of one job: from the spool, through the driver, to paper.

use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use crossbeam_channel::{Sender, unbounded};
use driver::isolated;
use job_queue::Claim;
use printer::Session;

use super::Worker;
use super::gate::Gate;
use super::outcome::Outcome;
use super::shared_job::{Note, SharedJob};
use crate::{Format, Phase, PrintJob, Progress};

/// How many bytes of a document are passed on at once.
const CHUNK: usize = 256 * 1024;

impl Worker {
    /// Prints one job. The second value is how far it came.
    pub(super) fn deliver(&self, claim: &Claim) -> (Outcome, Progress) {
        let Ok(job) = serde_json::from_str::<PrintJob>(&claim.job.payload)
        else {
            let reason = "this is no print job of ours".to_owned();
            return (Outcome::Failed(reason), Progress::default());
        };
        let (notes, inbox) = unbounded();
        let shared = &SharedJob::default();
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

    fn start_and_send(
        &self,
        claim: &Claim,
        job: &PrintJob,
        notes: Sender<Note>,
        shared: &SharedJob,
    ) -> Outcome {
        let ticket = job.ticket(&claim.job.id.to_string());
        let events = notes.clone();
        let started = self.printer.start(&ticket, move |event| {
            // Nobody listens any more once the job is over.
            let _ = events.send(Note::Printer(event));
        });
        let session = match started {
            Ok(session) => session,
            Err(error) => return Outcome::NotBegun(error),
        };
        match session.canceller() {
            Ok(canceller) => shared.lock().canceller = Some(canceller),
            Err(error) => return Outcome::Retry(error.to_string()),
        }
        self.send(claim, job, session, &notes, shared)
    }

    /// Sends the document, rendered or as it is, and waits for the paper.
    fn send(
        &self,
        claim: &Claim,
        job: &PrintJob,
        session: Session,
        notes: &Sender<Note>,
        shared: &SharedJob,
    ) -> Outcome {
        let path = self.spool.path(&job.document);
        let renderer = shared.lock().renderer.clone();
        let mut gate =
            Gate { worker: self, claim, job: shared, session, open: false };
        let sent = match job.format {
            Format::Raw => {
                send_file(&path, &mut gate).map_err(driver::Error::Write)
            }
            Format::Pdf => isolated::print(
                &path,
                &job.settings(self.settings.dpi, self.settings.threads),
                self.settings.limits,
                &renderer,
                &mut gate,
                &mut |_| drop(notes.send(Note::PageSent)),
            )
            .map(|printed| {
                let progress = &mut shared.lock().progress;
                progress.set_findings(printed.findings, job);
            }),
        };
        use driver::Error as E;
        match sent {
            Ok(()) => {
                let _ = notes.send(Note::AllSent);
                match gate.session.finish() {
                    Ok(_) => Outcome::Printed,
                    Err(error) => broken_off(&error, shared),
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
    let progress = &mut shared.lock().progress;
    progress.printed = progress.printed.max(error.pages());
    match error {
        printer::Error::Cancelled { at_printer: true, .. } => {
            Outcome::Cancelled
        }
        error => Outcome::Uncertain(error.to_string()),
    }
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
