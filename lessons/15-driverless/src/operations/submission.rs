//! How a document comes to the printer.

use axum::body::Body;
use tokio::sync::watch;

use super::{Dialogue, no_such_job};
use crate::created_jobs::CreatedJobs;
use crate::printer::now;
use crate::ticket_reader::ReadTicket;
use crate::{Document, Job, JobState, Refusal, Spooler, Status, Ticket};
use ipp_message::answer::Answer;
use ipp_message::decompressed::{Compression, Decompressed};
use ipp_message::incoming::Incoming;

/// Stands for any format: the program looks at the document.
const ANY_FORMAT: &str = "application/octet-stream";
/// The longest name of a document, in characters.
const LONGEST_NAME: usize = 255;

/// What a request says of its document.
struct DocumentDescription {
    format: String,
    compression: Compression,
    name: String,
}

impl<S: Spooler> Dialogue<S> {
    // ANCHOR: print-job
    /// Print-Job (RFC 8011, section 4.2.1).
    pub(super) async fn print_job(
        &self,
        incoming: &mut Option<Incoming>,
    ) -> Result<Answer, Refusal> {
        self.check_printer()?;
        let document = self.describe_document()?;
        let read = self.read_ticket()?;
        if let Err(refusal) = read.check_fidelity(&self.request) {
            return Ok(Answer::refused(&refusal).without(read.unsupported));
        }
        self.check_ticket(&read.ticket).await?;
        let source = take_document(incoming).await.ok_or_else(|| {
            Refusal::new(Status::BadRequest, "there is no document")
        })?;
        let job = self.submit(read.ticket, document, source, None).await?;
        Ok(self.about(&job)?.without(read.unsupported))
    }
    // ANCHOR_END: print-job

    /// Validate-Job (RFC 8011, section 4.2.3).
    pub(super) async fn validate_job(&self) -> Result<Answer, Refusal> {
        self.check_printer()?;
        self.describe_document()?;
        let read = self.read_ticket()?;
        if let Err(refusal) = read.check_fidelity(&self.request) {
            return Ok(Answer::refused(&refusal).without(read.unsupported));
        }
        self.check_ticket(&read.ticket).await?;
        Ok(Answer::ok().without(read.unsupported))
    }

    /// Create-Job (RFC 8011, section 4.2.4).
    pub(super) async fn create_job(&self) -> Result<Answer, Refusal> {
        self.check_printer()?;
        let read = self.read_ticket()?;
        if let Err(refusal) = read.check_fidelity(&self.request) {
            return Ok(Answer::refused(&refusal).without(read.unsupported));
        }
        self.check_ticket(&read.ticket).await?;
        let job = Job {
            id: self.blocking(|spooler| spooler.reserve()).await?,
            state: JobState::Held,
            reasons: vec!["job-data-insufficient"],
            message: "waits for its document".to_owned(),
            ticket: read.ticket,
            format: None,
            bytes: 0,
            impressions: None,
            impressions_completed: 0,
            sheets: None,
            sheets_completed: 0,
            asked_at: now(),
            begun_at: None,
            ended_at: None,
        };
        self.printer.created.add(job.clone())?;
        Ok(self.about(&job)?.without(read.unsupported))
    }

    // ANCHOR: send-document
    /// Send-Document (RFC 8011, section 4.3.1). A job has one document.
    pub(super) async fn send_document(
        &self,
        incoming: &mut Option<Incoming>,
    ) -> Result<Answer, Refusal> {
        let job = self.job().await?;
        self.check_may_change(&job)?;
        let last = self.request.boolean("last-document")?.ok_or_else(|| {
            Refusal::new(Status::BadRequest, "there is no last-document")
        })?;
        let document = self.describe_document()?;
        let source = take_document(incoming).await;
        let id = job.id;
        let Some(receiving) = self.printer.created.receive(id) else {
            // It has its document.
            return match source {
                Some(mut rest) => {
                    rest.discard().await;
                    Err(Refusal::new(
                        Status::MultipleDocumentJobsNotSupported,
                        "this printer takes one document a job",
                    ))
                }
                None => self.about(&job),
            };
        };
        let receiving = receiving?;
        let guard = StillOpen { created: &self.printer.created, id };
        let Some(source) = source else {
            drop(guard);
            if last {
                return self.end_without_document(id);
            }
            return self.about(&self.job().await?);
        };
        let ticket = receiving.ticket;
        let mut cancelled = receiving.cancelled;
        let submitted = tokio::select! {
            submitted = self.submit(ticket, document, source, Some(id)) => {
                submitted
            }
            () = becomes_true(&mut cancelled) => Err(Refusal::new(
                Status::JobCanceled,
                "the job was called off while its document came",
            )),
        };
        guard.settle(&submitted);
        let job = submitted?;
        if *cancelled.borrow() {
            self.blocking(move |spooler| spooler.cancel(id)).await?;
        }
        self.about(&job)
    }
    // ANCHOR_END: send-document

    /// Close-Job (PWG 5100.11, section 4.3).
    pub(super) async fn close_job(&self) -> Result<Answer, Refusal> {
        let job = self.job().await?;
        self.check_may_change(&job)?;
        match self.printer.created.receive(job.id) {
            None => self.about(&job),
            Some(receiving) => {
                drop(receiving?);
                self.end_without_document(job.id)
            }
        }
    }

    fn end_without_document(&self, id: u32) -> Result<Answer, Refusal> {
        let created = &self.printer.created;
        let (reason, message) = ("aborted-by-system", "it has no document");
        created.end(id, JobState::Aborted, reason, message, now());
        self.about(&created.get(id).ok_or_else(no_such_job)?)
    }

    fn read_ticket(&self) -> Result<ReadTicket, Refusal> {
        let printer = &self.printer.description;
        ReadTicket::read(&self.request, &self.requester(), printer)
    }

    async fn check_ticket(&self, ticket: &Ticket) -> Result<(), Refusal> {
        let ticket = ticket.clone();
        self.blocking(move |spooler| spooler.check(&ticket)).await
    }

    fn describe_document(&self) -> Result<DocumentDescription, Refusal> {
        let request = &self.request;
        let format = request.word("document-format")?.unwrap_or(ANY_FORMAT);
        // `text/plain; charset=utf-8` has a parameter.
        let kind = format.split(';').next().unwrap_or_default().trim();
        let formats = &self.printer.description.formats;
        let known = formats.iter().find(|it| it.eq_ignore_ascii_case(kind));
        let format = known.ok_or_else(|| {
            let kind = safe_text::plain(kind, LONGEST_NAME);
            Refusal::new(
                Status::DocumentFormatNotSupported,
                format!(
                    "this printer does not take {kind}: send {}",
                    formats.join(", ")
                ),
            )
        })?;
        let word = request.word("compression")?.unwrap_or("none");
        let compression = Compression::from_keyword(word).ok_or_else(|| {
            Refusal::new(
                Status::CompressionNotSupported,
                "this printer knows gzip and deflate",
            )
        })?;
        let name = request.word("document-name")?.unwrap_or_default();
        Ok(DocumentDescription {
            format: (*format).to_owned(),
            compression,
            name: safe_text::plain(name, LONGEST_NAME),
        })
    }

    async fn submit(
        &self,
        ticket: Ticket,
        document: DocumentDescription,
        source: Incoming,
        reserved: Option<u32>,
    ) -> Result<Job, Refusal> {
        let DocumentDescription { format, compression, name } = document;
        let source = Decompressed::new(source, compression);
        let fate = source.fate();
        let body = Body::from_stream(source);
        let document = Document { format, name, body };
        let spooler = &self.printer.spooler;
        let submitted = spooler.submit(ticket, document, reserved).await;
        submitted.map_err(|refusal| {
            if fate.is_damaged() {
                return Refusal::new(
                    Status::CompressionError,
                    "the compressed document is damaged: send it again",
                );
            }
            if fate.is_broken_off() {
                let text = "the document broke off: send it again";
                return Refusal::new(Status::Timeout, text);
            }
            refusal
        })
    }
}

/// The document, if there is one.
async fn take_document(incoming: &mut Option<Incoming>) -> Option<Incoming> {
    if incoming.as_mut()?.has_document().await {
        return incoming.take();
    }
    None
}

async fn becomes_true(flag: &mut watch::Receiver<bool>) {
    // The sender lives for as long as the job is kept.
    if flag.wait_for(|flag| *flag).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Lets a created job wait on when its document did not come to an end: the
/// client went away.
struct StillOpen<'c> {
    created: &'c CreatedJobs,
    id: u32,
}

impl StillOpen<'_> {
    /// The document was taken, or was refused.
    fn settle(self, submitted: &Result<Job, Refusal>) {
        match submitted {
            Ok(_) => self.created.is_queued(self.id),
            // The client may have another try.
            Err(refusal) if refusal.status == Status::Timeout => return,
            Err(refusal) => {
                let reason = match refusal.status {
                    Status::DocumentFormatError
                    | Status::DocumentFormatNotSupported => {
                        "document-format-error"
                    }
                    Status::CompressionError => "compression-error",
                    Status::DocumentPasswordError => "document-password-error",
                    _ => "aborted-by-system",
                };
                let text = refusal.message.as_str();
                let aborted = JobState::Aborted;
                self.created.end(self.id, aborted, reason, text, now());
            }
        }
        std::mem::forget(self);
    }
}

impl Drop for StillOpen<'_> {
    fn drop(&mut self) {
        self.created.wait_on(self.id);
    }
}
