//! The document of a job: found in the worker's own spool, or fetched from the
//! intake that has it, and looked at before it is printed.

use std::io;
use std::path::{Path, PathBuf};

use printer::{RawScanner, Refused};
use spool::hash_of;
use transfer::{FetchError, Fetched};

use super::Worker;
use super::outcome::Outcome;
use super::shared_job::SharedJob;
use crate::{Format, PrintJob};

/// A document that can be printed now.
pub(super) enum Document {
    /// In the worker's own spool.
    Spooled(PathBuf),
    /// Here for as long as this value is.
    Fetched(Fetched),
}

/// A document, and whether the printer may get it as it is.
type Checked = (Document, Result<(), Refused>);

impl Document {
    pub fn path(&self) -> &Path {
        match self {
            Document::Spooled(path) => path,
            Document::Fetched(path) => path,
        }
    }
}

impl Worker {
    /// Finds or fetches the document of a job, and makes sure that it is the
    /// one that was sent.
    pub(super) fn document(
        &self,
        job: &PrintJob,
        shared: &SharedJob,
    ) -> Result<Checked, Outcome> {
        let spooled = Document::Spooled(self.spool.path(&job.document));
        match self.check_document(job, spooled) {
            Err(NotPrintable::NotThere) if job.intake.is_empty() => {
                Err(self.nowhere())
            }
            Err(NotPrintable::NotThere) => self.fetch(job, shared),
            Err(NotPrintable::Other) => Err(Outcome::Failed(
                "its document has changed in the spool since it was sent: \
                 send it again"
                    .to_owned(),
            )),
            Err(NotPrintable::Because(outcome)) => Err(outcome),
            Ok(document) => Ok(document),
        }
    }

    fn fetch(
        &self,
        job: &PrintJob,
        shared: &SharedJob,
    ) -> Result<Checked, Outcome> {
        let is_wanted = || shared.lock().stopped_by.is_none();
        let intakes = &self.settings.intakes;
        let fetched = intakes.fetch(&job.remote_document(), &is_wanted);
        let fetched = fetched.map_err(|error| {
            let (intake, why) = (job.intake.clone(), error.to_string());
            match error {
                FetchError::Gone { .. } => Outcome::Failed(why),
                FetchError::Wrong { .. } | FetchError::NotWanted => {
                    Outcome::Retry(why)
                }
                _ => Outcome::Elsewhere { intake, why },
            }
        })?;
        let fetched = Document::Fetched(fetched);
        self.check_document(job, fetched).map_err(|error| match error {
            NotPrintable::Because(outcome) => outcome,
            _ => Outcome::Retry(format!(
                "what the intake at {} sent is not the document",
                job.intake
            )),
        })
    }

    /// The outcome when a document is not in the spool, and no intake says that
    /// it has it.
    fn nowhere(&self) -> Outcome {
        if !self.settings.is_shared {
            return Outcome::Failed(
                "its document is not in the spool any more: send it again"
                    .to_owned(),
            );
        }
        Outcome::Elsewhere {
            intake: String::new(),
            why: "its document is in the folder of another server on this \
                  queue, which gives no address where it can be fetched and \
                  has to print it itself"
                .to_owned(),
        }
    }

    /// Whether the printer gets the document as it is, if nothing in it ends
    /// the job and commands the printer.
    pub(super) fn passes_on(&self, job: &PrintJob) -> bool {
        let takes_pdf = self.settings.takes_pdf;
        job.format == Format::Raw || takes_pdf && job.is_plain_pdf()
    }

    /// Makes sure that a document is the one that was sent, and looks for
    /// commands in one that the printer is to get as it is.
    fn check_document(
        &self,
        job: &PrintJob,
        document: Document,
    ) -> Result<Checked, NotPrintable> {
        let mut scanner = RawScanner::new();
        let mut scanned = Ok(());
        let hash = hash_of(document.path(), |piece| {
            if self.passes_on(job) && scanned.is_ok() {
                scanned = scanner.feed(piece);
            }
        });
        match hash {
            Ok(hash) if hash != job.document => Err(NotPrintable::Other),
            Ok(_) => Ok((document, scanned.and_then(|()| scanner.end()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(NotPrintable::NotThere)
            }
            Err(error) => Err(NotPrintable::Because(Outcome::Retry(format!(
                "its document cannot be read: {error}"
            )))),
        }
    }
}

/// Why a document is not printed.
enum NotPrintable {
    NotThere,
    /// It is another document than the one that was sent.
    Other,
    Because(Outcome),
}
