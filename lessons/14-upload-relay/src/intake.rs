//! The intake: an upload is received, checked, made durable and queued.

use std::io::Write;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use job_queue::{Enqueued, JobId, NewJob, Queue};
use printer::RawScanner;
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};

use crate::check::{check_name, check_pdf};
use crate::form_fields::FormFields;
use crate::spool::Incoming;
use crate::{Format, OnDoubt, PrintJob, Refusal, Spool};

/// More parts than any form of ours has.
const MOST_PARTS: usize = 32;
/// The longest text field, in bytes.
const LONGEST_TEXT: usize = 1024;
/// How many pieces of a file may wait for the disk.
const PIECES_AHEAD: usize = 16;
/// How long the rest of a refused upload is read.
const DISCARD_TIME: Duration = Duration::from_secs(2);

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
    /// Whether data in the printer's own language is taken, unrendered.
    pub allow_raw: bool,
    /// What becomes of a document that cannot be printed whole.
    pub on_doubt: OnDoubt,
    /// How many times a job is tried before it counts as failed.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 512 * 1024 * 1024,
            idle: Duration::from_secs(15),
            total: Duration::from_secs(600),
            allow_raw: false,
            on_doubt: OnDoubt::default(),
            attempts: 3,
        }
    }
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

impl Intake {
    /// Receives a form: the part `file`, and the fields `pages`, `copies`,
    /// `duplex`, `color`, `user`, `hold` and `format` if they are there.
    ///
    /// `key` is the client's Idempotency-Key: the same request sent twice
    /// with one key makes one job.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the upload is kept then.
    pub async fn receive(
        &self,
        form: Result<Multipart, MultipartRejection>,
        key: Option<String>,
    ) -> Result<Accepted, Refusal> {
        let mut form =
            form.map_err(|error| Refusal::NotAForm(error.body_text()))?;
        let received = self.receive_parts(&mut form).await;
        let (file, fields) = match received {
            Ok(parts) => parts,
            Err(refusal) => {
                discard(&mut form, &refusal).await;
                return Err(refusal);
            }
        };
        let intake = self.clone();
        // Checking, syncing and queueing wait for the disk.
        joined(spawn_blocking(move || intake.take(file, fields, key)).await)?
    }

    async fn receive_parts(
        &self,
        form: &mut Multipart,
    ) -> Result<(ReceivedFile, FormFields), Refusal> {
        let deadline = Instant::now() + self.limits.total;
        let mut fields = FormFields::default();
        let mut file = None;
        for _ in 0..MOST_PARTS {
            let next = self.in_time(deadline, form.next_field()).await?;
            let Some(field) = next else {
                return Ok((file.ok_or(Refusal::NoFile)?, fields));
            };
            match field.name() {
                Some("file") if file.is_some() => {
                    return Err(Refusal::TwoFiles);
                }
                Some("file") => {
                    file = Some(self.receive_file(field, deadline).await?);
                }
                _ => fields.set(&self.receive_text(field, deadline).await?)?,
            }
        }
        Err(Refusal::NotAForm(format!("more than {MOST_PARTS} parts")))
    }

    // ANCHOR: take
    /// Checks a received file, makes it durable, and only then queues a job.
    fn take(
        &self,
        file: ReceivedFile,
        fields: FormFields,
        key: Option<String>,
    ) -> Result<Accepted, Refusal> {
        let ReceivedFile { name, incoming, raw_check } = file;
        if incoming.bytes() == 0 {
            return Err(Refusal::Empty(name));
        }
        let mut hold = fields.hold;
        let mut job = fields.into_job(name, incoming.bytes());
        match job.format {
            Format::Pdf => check_pdf(&incoming, &mut job)?,
            Format::Raw if self.limits.allow_raw => {
                raw_check.map_err(Refusal::Hostile)?;
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
        job.document = incoming.keep().map_err(Refusal::from_disk)?;
        let Enqueued { id, fresh } = self.enqueue(&job, hold, key)?;
        Ok(Accepted { id, fresh, held: hold, job })
    }
    // ANCHOR_END: take

    fn enqueue(
        &self,
        job: &PrintJob,
        hold: bool,
        key: Option<String>,
    ) -> Result<Enqueued, Refusal> {
        let payload = serde_json::to_string(job).expect("plain data");
        let mut new = NewJob::new(payload).max_attempts(self.limits.attempts);
        if hold {
            new = new.held();
        }
        if let Some(key) = key {
            new = new.key(key);
        }
        self.queue.enqueue(new).map_err(|error| match error {
            job_queue::Error::KeyReused { .. } => Refusal::KeyReused,
            job_queue::Error::Full { .. } => Refusal::DiskFull,
            other => Refusal::Queue(other),
        })
    }

    /// Streams a file to the spool. A thread writes while the next piece is
    /// on its way.
    async fn receive_file(
        &self,
        mut field: Field<'_>,
        deadline: Instant,
    ) -> Result<ReceivedFile, Refusal> {
        let name = field.file_name().unwrap_or_default().to_owned();
        check_name(&name)?;
        let mut incoming = self.spool.receive().map_err(Refusal::from_disk)?;
        let (pieces, mut queued) = mpsc::channel::<Bytes>(PIECES_AHEAD);
        // The form may say only later that this is raw data.
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
        let forwarded = self.forward(&mut field, &pieces, deadline).await;
        drop(pieces);
        // Also when the upload failed: its file must be gone before we say so.
        let written = joined(writer.await)?;
        forwarded?;
        let (incoming, raw_check) = written.map_err(Refusal::from_disk)?;
        Ok(ReceivedFile { name, incoming, raw_check })
    }

    /// Passes the pieces of a field on as they come.
    async fn forward(
        &self,
        field: &mut Field<'_>,
        pieces: &mpsc::Sender<Bytes>,
        deadline: Instant,
    ) -> Result<(), Refusal> {
        let limit = self.limits.bytes;
        let mut left = limit;
        while let Some(piece) = self.in_time(deadline, field.chunk()).await? {
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
        let name = field.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        while let Some(piece) = self.in_time(deadline, field.chunk()).await? {
            value.extend_from_slice(&piece);
            if value.len() > LONGEST_TEXT {
                return Err(Refusal::TooLarge { limit: LONGEST_TEXT as u64 });
            }
        }
        Ok((name, String::from_utf8_lossy(&value).into_owned()))
    }

    /// Waits for the next piece, within the limits for one and for all of them.
    async fn in_time<T>(
        &self,
        deadline: Instant,
        next: impl Future<Output = Result<T, MultipartError>>,
    ) -> Result<T, Refusal> {
        let limit = deadline.min(Instant::now() + self.limits.idle);
        timeout_at(limit, next)
            .await
            .map_err(|_| Refusal::TooSlow(self.limits.idle))?
            .map_err(|error| Refusal::NotAForm(error.body_text()))
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

/// The file of a form, received and not yet checked.
struct ReceivedFile {
    name: String,
    incoming: Incoming,
    /// Whether the file may go to the printer as it is.
    raw_check: Result<(), printer::Refused>,
}

/// Reads the rest of a refused upload for a moment: a client that is still
/// sending would not see our answer.
async fn discard(form: &mut Multipart, refusal: &Refusal) {
    if matches!(refusal, Refusal::TooSlow(_)) {
        return;
    }
    let rest = async {
        while let Ok(Some(mut field)) = form.next_field().await {
            while let Ok(Some(_)) = field.chunk().await {}
        }
    };
    let _ = timeout(DISCARD_TIME, rest).await;
}
