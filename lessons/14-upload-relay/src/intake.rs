//! The intake: a document is received, checked, made durable and queued.

mod examined;

use std::fmt::Display;
use std::io::Write;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use driver::Finding;
use job_queue::{Enqueued, JobId, NewJob, Queue};
use printer::RawScanner;
use spool::Incoming;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_stream::{Stream, StreamExt};

use crate::check::{check_document, check_ending, check_name};
use crate::file_name::file_name;
use crate::form_body::{FormBody, LONGEST_HEAD, discard};
use crate::{
    Admission, Destination, Finisher, Format, IntakeAddress, JobOptions,
    LogMessage, OnDoubt, PinAt, PinHash, PrintJob, PrinterPin, Refusal, Sender,
    Spool,
};

pub use examined::Examined;

/// More parts than any form of ours has.
const MOST_PARTS: usize = 32;
/// The longest text field, in bytes.
const LONGEST_TEXT: usize = 1024;
/// How many pieces of a file may wait for the disk.
const PIECES_AHEAD: usize = 16;
/// The most that a form needs besides the document, in bytes.
const FORM_BYTES: u64 = (MOST_PARTS * (LONGEST_HEAD + LONGEST_TEXT)) as u64;
/// The longest name of a file or field that is shown, in characters.
const LONGEST_SHOWN: usize = 255;
/// The name of a document that comes without one.
const UNTITLED: &str = "untitled";

/// The half of the relay that takes uploads: each goes to the spool and then
/// to the queue.
#[derive(Clone)]
pub struct Intake {
    /// Where the documents go.
    pub spool: Spool,
    /// Where the jobs go.
    pub queue: Arc<dyn Queue>,
    /// What one upload may use.
    pub limits: Limits,
    /// Where workers on other machines fetch the documents of this spool; by
    /// default they cannot.
    pub address: Option<IntakeAddress>,
    /// The printers that a job can be sent to, the default one first. Where
    /// none is named, jobs go to the queue's own line.
    pub destinations: Arc<[Destination]>,
    /// The outbox of the queue that keeps what becomes of the jobs, for
    /// whoever records them; by default nobody does.
    pub outbox: Option<String>,
    /// Decides whether a job may be queued; by default all may.
    pub admission: Option<Arc<dyn Admission>>,
    /// How many more documents may be checked now.
    checks: Arc<Semaphore>,
}

/// What one upload may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest document, in bytes.
    pub bytes: u64,
    /// The longest pause between two pieces of an upload.
    pub idle: Duration,
    /// The longest time for a whole upload.
    pub total: Duration,
    /// How long a document may wait for its check.
    pub check_wait: Duration,
    /// Whether data in the printer's own language is taken, unrendered.
    pub allow_raw: bool,
    /// What the printer's finisher can do: what it cannot is refused.
    pub finisher: Finisher,
    /// What becomes of a document that cannot be printed whole.
    pub on_doubt: OnDoubt,
    /// How long a document is kept after its job is printed or cancelled.
    pub keep_documents: Duration,
    /// How many times a job is tried before it counts as failed.
    pub attempts: u32,
    /// Receives what a log should hold; by default nothing does.
    pub log: fn(LogMessage),
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 512 * 1024 * 1024,
            idle: Duration::from_secs(15),
            total: Duration::from_secs(600),
            check_wait: Duration::from_secs(30),
            allow_raw: false,
            finisher: Finisher::default(),
            on_doubt: OnDoubt::default(),
            keep_documents: Duration::from_secs(24 * 3600),
            attempts: 3,
            log: |_| (),
        }
    }
}

/// What comes with a document.
#[derive(Clone, Default)]
pub struct Submission {
    /// How to print it.
    pub options: JobOptions,
    /// Whose job it is.
    pub sender: Sender,
    /// The number in the queue that was reserved for the job, if one was.
    pub reserved: Option<JobId>,
    /// The client's Idempotency-Key: the same document sent twice with one key
    /// makes one job.
    pub key: Option<String>,
}

/// An upload that is safe on the disk and in the queue.
#[derive(Debug)]
pub struct Accepted {
    /// The job's number in the queue.
    pub id: JobId,
    /// False when the same request came before: this is the job it made.
    pub fresh: bool,
    /// Whether the job waits for its release.
    pub held: bool,
    /// What will be printed.
    pub job: PrintJob,
}

impl Accepted {
    /// What a log should hold of a job that is not on paper, or will not be,
    /// as its document says.
    fn log_message(&self) -> Option<LogMessage> {
        let job = format!("job {}", self.id);
        let findings: Vec<String> =
            self.job.findings.iter().map(Finding::to_string).collect();
        if findings.is_empty() || !self.fresh {
            return None;
        }
        let findings = findings.join("; ");
        Some(match (self.job.losses().is_empty(), self.held) {
            (true, _) => LogMessage::Info(format!("{job}: {findings}")),
            (false, true) => LogMessage::Warning(format!(
                "{job} is held, for it cannot be printed whole: {findings}"
            )),
            (false, false) => LogMessage::Warning(format!(
                "{job} is printed, but not whole: {findings}"
            )),
        })
    }
}

impl Intake {
    /// An intake that checks as many documents at once as this machine has
    /// processors. Its clones share them.
    #[must_use]
    pub fn new(spool: Spool, queue: Arc<dyn Queue>, limits: Limits) -> Intake {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let checks = Arc::new(Semaphore::new(processors));
        let (address, outbox, admission) = (None, None, None);
        let destinations = Arc::default();
        Intake {
            spool,
            queue,
            limits,
            address,
            destinations,
            outbox,
            admission,
            checks,
        }
    }

    /// Receives a form: the part `file`, and the fields `pages`, `copies`,
    /// `duplex`, `color`, `user`, `hold` and `format` if they are there.
    ///
    /// The job belongs to the [`Sender`] among the request's extensions.
    /// `key` is the client's Idempotency-Key: the same request sent twice
    /// with one key makes one job.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the upload is kept then.
    pub async fn receive(
        &self,
        request: Request,
        key: Option<String>,
    ) -> Result<Accepted, Refusal> {
        let sender = request.extensions().get::<Sender>().cloned();
        let (file, options) = self.receive_request(request).await?;
        let submission = Submission {
            options,
            sender: sender.unwrap_or_default(),
            reserved: None,
            key,
        };
        self.check_and_queue(file, submission).await
    }

    /// Receives a form, and of one that is refused the rest.
    async fn receive_request(
        &self,
        request: Request,
    ) -> Result<(ReceivedFile, JobOptions), Refusal> {
        let waits = request.headers().contains_key(header::EXPECT);
        let (head, body) = request.into_parts();
        let body = FormBody::new(body);
        let stream = Body::from_stream(body.clone());
        let request = Request::from_parts(head, stream);
        let received = self.receive_form(request, &body).await;
        if let Err(refusal) = &received {
            // A client that still waits for our word has sent nothing, and
            // one that is too slow would send nothing more.
            let still_waits = waits && !body.is_begun();
            let too_slow = matches!(refusal, Refusal::TooSlow(_));
            if !still_waits && !too_slow {
                body.discard().await;
            }
        }
        received
    }

    /// Receives a document that comes without a form: a stream of bytes, with
    /// the job's name, which need not be that of a file, and everything else
    /// that there is to say about it.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the document is kept then.
    pub async fn receive_stream<E: Display>(
        &self,
        document: impl Stream<Item = Result<Bytes, E>> + Unpin,
        name: &str,
        submission: Submission,
    ) -> Result<Accepted, Refusal> {
        let deadline = Instant::now() + self.limits.total;
        let mut document = document.map(|piece| {
            piece.map_err(|error| Refusal::BrokenOff(error.to_string()))
        });
        let name = match safe_text::plain(name.trim(), LONGEST_SHOWN) {
            name if name.is_empty() => UNTITLED.to_owned(),
            name => name,
        };
        let received = self.receive_file(&mut document, deadline).await;
        let (incoming, raw_check) = match received {
            Ok(received) => received,
            Err(refusal) => {
                if !matches!(refusal, Refusal::TooSlow(_)) {
                    let rest = &mut document;
                    discard(|context| Pin::new(&mut *rest).poll_next(context))
                        .await;
                }
                return Err(refusal);
            }
        };
        let file = ReceivedFile { name, named: false, incoming, raw_check };
        self.check_and_queue(file, submission).await
    }

    // ANCHOR: checks
    /// Waits for a processor, and then checks a document and queues its job.
    async fn check_and_queue(
        &self,
        file: ReceivedFile,
        submission: Submission,
    ) -> Result<Accepted, Refusal> {
        let intake = self.clone();
        let work = move || intake.take(file, submission);
        let accepted = self.with_a_check(work).await?;
        if let Some(message) = accepted.log_message() {
            (self.limits.log)(message);
        }
        Ok(accepted)
    }

    /// Does what needs a check, on a thread that may wait for the disk.
    async fn with_a_check<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        // Each check is a process of its own: without a limit for their
        // number, many uploads at once would take all memory.
        let check = self.checks.clone().acquire_owned();
        let check = timeout(self.limits.check_wait, check);
        let check = check.await.map_err(|_| Refusal::Busy)?;
        let work = spawn_blocking(move || {
            let _until_the_end = check;
            work()
        });
        joined(work.await)?
    }
    // ANCHOR_END: checks

    async fn receive_form(
        &self,
        request: Request,
        body: &FormBody,
    ) -> Result<(ReceivedFile, JobOptions), Refusal> {
        let limit = self.limits.bytes;
        let announced = content_length(request.headers());
        if announced.is_some_and(|bytes| bytes > limit + FORM_BYTES) {
            return Err(Refusal::TooLarge { limit });
        }
        let form = Multipart::from_request(request, &()).await;
        let mut form =
            form.map_err(|error| Refusal::NotAForm(error.body_text()))?;
        let deadline = Instant::now() + self.limits.total;
        let mut options = JobOptions::default();
        let mut file = None;
        for _ in 0..MOST_PARTS {
            body.expect_head();
            let next = self.in_time(deadline, form.next_field()).await;
            if body.head_is_too_long() {
                return Err(Refusal::NotAForm(format!(
                    "the head of a part is longer than {LONGEST_HEAD} bytes"
                )));
            }
            let Some(field) = next?.map_err(not_a_form)? else {
                return Ok((file.ok_or(Refusal::NoFile)?, options));
            };
            body.expect_content();
            match field.name() {
                Some("file") if file.is_some() => {
                    return Err(Refusal::TwoFiles);
                }
                Some("file") => {
                    file = Some(self.receive_part(field, deadline).await?);
                }
                _ => options.set(&self.receive_text(field, deadline).await?)?,
            }
        }
        Err(Refusal::NotAForm(format!("more than {MOST_PARTS} parts")))
    }

    // ANCHOR: take
    /// Checks a received file, makes it durable, and only then queues a job.
    fn take(
        &self,
        file: ReceivedFile,
        submission: Submission,
    ) -> Result<Accepted, Refusal> {
        let ReceivedFile { name, named, incoming, raw_check } = file;
        let Submission { options, sender, reserved, key } = submission;
        if incoming.bytes() == 0 {
            return Err(Refusal::Empty(name));
        }
        let printer = options.printer.as_deref();
        let destination = self.destination(printer, &sender)?;
        let pins = new_pins(&options, key.as_deref())?;
        let mut hold = options.hold || pins.0.is_some();
        let mut job = options.into_job(name, incoming.bytes(), sender);
        (job.pin, job.printer_pin) = pins;
        destination.check(&job)?;
        destination.name.clone_into(&mut job.printer);
        match job.format {
            Format::Document(_) => {
                let summary = check_document(&incoming, &mut job)?;
                if named {
                    check_ending(&job.name, summary.format)?;
                }
            }
            Format::Raw if self.limits.allow_raw => {
                raw_check.map_err(Refusal::Hostile)?;
                job.sheets.check_raw()?;
            }
            Format::Raw => return Err(Refusal::RawNotAllowed),
        }
        let losses = job.losses();
        if !losses.is_empty() {
            match self.limits.on_doubt {
                OnDoubt::Print => {}
                OnDoubt::Hold => hold = true,
                OnDoubt::Refuse => {
                    let name = job.name;
                    return Err(Refusal::Doubtful { name, losses });
                }
            }
        }
        let kept = incoming.keep().map_err(Refusal::from_disk)?;
        kept.hash().clone_into(&mut job.document);
        if let Some(address) = &self.address {
            address.as_str().clone_into(&mut job.intake);
        }
        let line = &*destination.queue;
        match self.enqueue(line, &job, hold, reserved, key) {
            Ok(Enqueued { id, fresh }) => {
                Ok(Accepted { id, fresh, held: hold, job })
            }
            Err(refusal) => {
                kept.take_back();
                Err(refusal)
            }
        }
    }
    // ANCHOR_END: take

    /// The printer of this name, or the first that the sender may use.
    pub(crate) fn destination(
        &self,
        name: Option<&str>,
        sender: &Sender,
    ) -> Result<Destination, Refusal> {
        if self.destinations.is_empty() && name.is_none() {
            return Ok(Destination {
                name: String::new(),
                queue: self.queue.clone(),
                finisher: self.limits.finisher,
                access: Arc::default(),
            });
        }
        let may_use = |it: &&Destination| sender.may_use(&it.name);
        let Some(name) = name else {
            let first = self.destinations.iter().find(may_use);
            return first.cloned().ok_or_else(|| {
                let default = self.destinations.first();
                let name = default.map(|default| default.name.clone());
                Refusal::NotYourPrinter(name.unwrap_or_default())
            });
        };
        match self.destinations.iter().find(|it| it.name == name) {
            Some(known) if may_use(&known) => Ok(known.clone()),
            Some(_) => Err(Refusal::NotYourPrinter(name.to_owned())),
            None => Err(self.no_such_printer(name, sender)),
        }
    }

    fn no_such_printer(&self, name: &str, sender: &Sender) -> Refusal {
        let names = self.destinations.iter().map(|it| it.name.as_str());
        let names: Vec<&str> = names.filter(|it| sender.may_use(it)).collect();
        Refusal::Field {
            field: "printer",
            value: name.to_owned(),
            expected: match names.is_empty() {
                true => "this server names no printers: leave it out".into(),
                false => format!("say {}", names.join(", ")),
            },
        }
    }

    pub(crate) fn enqueue(
        &self,
        line: &dyn Queue,
        job: &PrintJob,
        hold: bool,
        reserved: Option<JobId>,
        key: Option<String>,
    ) -> Result<Enqueued, Refusal> {
        let payload = serde_json::to_string(job).expect("plain data");
        let mut new = NewJob::new(payload).max_attempts(self.limits.attempts);
        if hold {
            new = new.held();
        }
        if let Some(id) = reserved {
            new = new.reserved(id);
        }
        if let Some(outbox) = &self.outbox {
            new = new.outbox(outbox);
        }
        // The same request once more is the job that was admitted before.
        let mut is_known = false;
        if let Some(key) = key {
            let before = self.queue.enqueued(&key).map_err(Refusal::Queue)?;
            is_known = before.is_some();
            new = new.key(key);
        }
        let enqueue = || {
            line.enqueue(new.clone()).or_else(|error| match error {
                job_queue::Error::KeyReused { id, .. }
                    if self.is_from_another_intake(&id, job) =>
                {
                    Ok(Enqueued { id, fresh: false })
                }
                job_queue::Error::KeyReused { .. } => Err(Refusal::KeyReused),
                other => Err(Refusal::Queue(other)),
            })
        };
        match &self.admission {
            Some(admission) if !is_known => admission.admit(job, &enqueue),
            _ => enqueue(),
        }
    }

    /// Whether the job that the queue has differs from `job` only in the intake
    /// that took it: a client that got no answer there has come here.
    fn is_from_another_intake(&self, id: &JobId, job: &PrintJob) -> bool {
        let Ok(Some(before)) = self.queue.job(id) else { return false };
        PrintJob::from_payload(&before.payload).is_ok_and(|before| {
            PrintJob { intake: job.intake.clone(), ..before } == *job
        })
    }

    /// Receives the part of a form that is the document.
    async fn receive_part(
        &self,
        field: Field<'_>,
        deadline: Instant,
    ) -> Result<ReceivedFile, Refusal> {
        let name = file_name(field.headers()).unwrap_or_default();
        check_name(&name)?;
        let name = safe_text::plain(&name, LONGEST_SHOWN);
        let mut document = field.map(|piece| piece.map_err(not_a_form));
        let (incoming, raw_check) =
            self.receive_file(&mut document, deadline).await?;
        Ok(ReceivedFile { name, named: true, incoming, raw_check })
    }

    /// Streams a document to the spool, and looks whether it may go to the
    /// printer as it is. A thread writes while the next piece is on its way.
    async fn receive_file(
        &self,
        document: &mut (impl Stream<Item = Result<Bytes, Refusal>> + Unpin),
        deadline: Instant,
    ) -> Result<(Incoming, RawCheck), Refusal> {
        let mut incoming = self.spool.receive().map_err(Refusal::from_disk)?;
        let (pieces, mut queued) = mpsc::channel::<Bytes>(PIECES_AHEAD);
        // What comes after the document may say that it is raw data.
        let mut scanner = self.limits.allow_raw.then(RawScanner::new);
        let writer = spawn_blocking(move || {
            let mut raw_check = Ok(());
            while let Some(piece) = queued.blocking_recv() {
                incoming.write_all(&piece)?;
                if let (Some(scanner), Ok(())) = (&mut scanner, &raw_check) {
                    raw_check = scanner.feed(&piece);
                }
            }
            if let (Some(scanner), Ok(())) = (scanner, &raw_check) {
                raw_check = scanner.end();
            }
            Ok((incoming, raw_check))
        });
        let forwarded = self.forward(document, &pieces, deadline).await;
        drop(pieces);
        // Also when the upload failed: its file must be gone before we say so.
        let written = joined(writer.await)?;
        forwarded?;
        written.map_err(Refusal::from_disk)
    }

    /// Passes the pieces of a document on as they come.
    async fn forward(
        &self,
        document: &mut (impl Stream<Item = Result<Bytes, Refusal>> + Unpin),
        pieces: &mpsc::Sender<Bytes>,
        deadline: Instant,
    ) -> Result<(), Refusal> {
        let limit = self.limits.bytes;
        let mut left = limit;
        while let Some(piece) = self.in_time(deadline, document.next()).await? {
            let piece = piece?;
            left = left
                .checked_sub(piece.len() as u64)
                .ok_or(Refusal::TooLarge { limit })?;
            // A writer that has failed says why when it is joined.
            if pieces.send(piece).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Receives a short text field: its name and its value.
    async fn receive_text(
        &self,
        mut field: Field<'_>,
        deadline: Instant,
    ) -> Result<(String, String), Refusal> {
        let name = field.name().unwrap_or_default();
        let name = safe_text::plain(name, LONGEST_SHOWN);
        let mut value = Vec::new();
        while let Some(piece) = self.in_time(deadline, field.next()).await? {
            let piece = piece.map_err(not_a_form)?;
            value.extend_from_slice(&piece);
            if value.len() > LONGEST_TEXT {
                return Err(Refusal::LongField(name, LONGEST_TEXT));
            }
        }
        Ok((name, String::from_utf8_lossy(&value).into_owned()))
    }

    /// Waits for the next piece, within the limits for one and for all of them.
    async fn in_time<T>(
        &self,
        deadline: Instant,
        next: impl Future<Output = T>,
    ) -> Result<T, Refusal> {
        let limit = deadline.min(Instant::now() + self.limits.idle);
        timeout_at(limit, next)
            .await
            .map_err(|_| Refusal::TooSlow(self.limits.idle))
    }
}

/// The result of work on another thread. A panic there becomes a panic here: a
/// bug is no refusal, and whoever watches over requests is to see it.
fn joined<T>(work: Result<T, JoinError>) -> Result<T, Refusal> {
    work.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(cancelled) => Refusal::Check(cancelled.to_string()),
    })
}

/// A document, received and not yet checked.
struct ReceivedFile {
    name: String,
    /// Whether the name is that of a file, and says what is in it.
    named: bool,
    incoming: Incoming,
    raw_check: RawCheck,
}

/// Whether a document may go to the printer as it is.
type RawCheck = Result<(), printer::Refused>;

/// The PIN that releases a job here, or the one that does at the printer.
fn new_pins(
    options: &JobOptions,
    key: Option<&str>,
) -> Result<(Option<PinHash>, Option<PrinterPin>), Refusal> {
    let Some(pin) = options.pin.as_deref() else {
        return match options.pin_at {
            PinAt::Server => Ok((None, None)),
            PinAt::Printer => Err(Refusal::NoPin),
        };
    };
    let for_printer = PrinterPin::new(pin).ok_or(Refusal::BadPin)?;
    if options.pin_at == PinAt::Printer {
        return Ok((None, Some(for_printer)));
    }
    let hash = PinHash::new(pin, key);
    let hash = hash.map_err(|error| Refusal::Check(error.to_string()))?;
    Ok((Some(hash), None))
}

fn not_a_form(error: MultipartError) -> Refusal {
    Refusal::NotAForm(error.body_text())
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

mod local;
#[cfg(test)]
mod tests;
