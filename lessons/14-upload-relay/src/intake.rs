//! The intake: an upload is received, checked, made durable and queued.

use crate::{Format, PrintJob, Refusal, Spool, spool::Incoming};
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use driver::{DocumentError, Duplex, PageRanges, isolated};
use job_queue::{Enqueued, JobId, NewJob, Queue};
use printer::RawScanner;
use std::io::Write;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};

/// More parts than any form of ours has.
const MOST_PARTS: usize = 32;

/// Takes uploads in: to the spool and then to the queue.
#[derive(Clone)]
pub struct Intake {
    /// Where the documents go.
    pub spool: Spool,
    /// Where the jobs go.
    pub queue: Arc<dyn Queue>,
    /// What is too much.
    pub limits: Limits,
}

/// What one upload may take.
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
    /// How often a job is tried before it counts as failed.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 512 * 1024 * 1024,
            idle: Duration::from_secs(15),
            total: Duration::from_secs(600),
            allow_raw: false,
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
    /// What will be printed.
    pub job: PrintJob,
}

// ANCHOR: receive
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
        let (file, order) = match received {
            Ok(parts) => parts,
            Err(refusal) => {
                discard(&mut form, &refusal).await;
                return Err(refusal);
            }
        };
        let intake = self.clone();
        // Checking, syncing and queueing wait for the disk.
        joined(spawn_blocking(move || intake.take(file, order, key)).await)?
    }

    async fn receive_parts(
        &self,
        form: &mut Multipart,
    ) -> Result<(Received, Order), Refusal> {
        let deadline = Instant::now() + self.limits.total;
        let mut order = Order::default();
        let mut file = None;
        for _ in 0..MOST_PARTS {
            let next = self.in_time(deadline, form.next_field()).await?;
            let Some(field) = next else {
                return Ok((file.ok_or(Refusal::NoFile)?, order));
            };
            match field.name() {
                Some("file") if file.is_some() => {
                    return Err(Refusal::TwoFiles);
                }
                Some("file") => {
                    file = Some(self.receive_file(field, deadline).await?);
                }
                _ => order.set(&self.receive_text(field, deadline).await?)?,
            }
        }
        Err(Refusal::NotAForm(format!("more than {MOST_PARTS} parts")))
    }
    // ANCHOR_END: receive

    /// Checks a received file, makes it durable, and only then queues it.
    fn take(
        &self,
        file: Received,
        order: Order,
        key: Option<String>,
    ) -> Result<Accepted, Refusal> {
        let Received { name, incoming, scanned } = file;
        if incoming.bytes() == 0 {
            return Err(Refusal::Empty(name));
        }
        let mut job = PrintJob {
            document: String::new(),
            name,
            user: order.user,
            bytes: incoming.bytes(),
            format: order.format,
            page_count: 0,
            pages: order.pages,
            copies: order.copies,
            duplex: order.duplex,
            color: order.color,
        };
        match job.format {
            Format::Pdf => job.page_count = check_pdf(&incoming, &job)?,
            Format::Raw => self.check_raw(scanned)?,
        }
        job.document = incoming.keep().map_err(Refusal::from_disk)?;
        let payload = serde_json::to_string(&job).expect("plain data");
        let mut new = NewJob::new(payload).max_attempts(self.limits.attempts);
        if order.hold {
            new = new.held();
        }
        if let Some(key) = key {
            new = new.key(key);
        }
        let Enqueued { id, fresh } =
            self.queue.enqueue(new).map_err(|error| match error {
                job_queue::Error::KeyReused { .. } => Refusal::KeyReused,
                job_queue::Error::Full { .. } => Refusal::DiskFull,
                other => Refusal::Queue(other),
            })?;
        Ok(Accepted { id, fresh, job })
    }

    fn check_raw(&self, scanned: Scanned) -> Result<(), Refusal> {
        if !self.limits.allow_raw {
            return Err(Refusal::RawNotAllowed);
        }
        scanned.map_err(Refusal::Hostile)
    }

    /// Streams a file to the spool. A thread writes while the next piece is
    /// on its way.
    async fn receive_file(
        &self,
        mut field: Field<'_>,
        deadline: Instant,
    ) -> Result<Received, Refusal> {
        let name = field.file_name().unwrap_or_default().to_owned();
        check_name(&name)?;
        let mut incoming = self.spool.receive().map_err(Refusal::from_disk)?;
        let (pieces, mut queued) = mpsc::channel::<Bytes>(16);
        // The form may say only later that this is raw data.
        let mut scanner = self.limits.allow_raw.then(RawScanner::new);
        let writer = spawn_blocking(move || {
            let mut scanned = Ok(());
            while let Some(piece) = queued.blocking_recv() {
                incoming.write_all(&piece)?;
                if let (Some(scanner), Ok(())) = (&mut scanner, &scanned) {
                    scanned = scanner.feed(&piece);
                }
            }
            if let (Some(scanner), Ok(())) = (scanner, &scanned) {
                scanned = scanner.end();
            }
            Ok((incoming, scanned))
        });
        let pumped = self.pump(&mut field, &pieces, deadline).await;
        drop(pieces);
        // Also when the upload failed: its file must be gone before we say so.
        let written = joined(writer.await)?;
        pumped?;
        let (incoming, scanned) = written.map_err(Refusal::from_disk)?;
        Ok(Received { name, incoming, scanned })
    }

    /// Passes the pieces of a field on as they come.
    async fn pump(
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
        const LIMIT: usize = 1024;
        let name = field.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        while let Some(piece) = self.in_time(deadline, field.chunk()).await? {
            value.extend_from_slice(&piece);
            if value.len() > LIMIT {
                return Err(Refusal::TooLarge { limit: LIMIT as u64 });
            }
        }
        Ok((name, String::from_utf8_lossy(&value).into_owned()))
    }

    /// Waits for the next piece, but neither too long for it nor for all.
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

/// What became of work on another thread. Its panic is one of the request: a
/// bug is no refusal, and whoever watches over requests is to see it.
fn joined<T>(work: Result<T, JoinError>) -> Result<T, Refusal> {
    work.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(cancelled) => Refusal::Check(cancelled.to_string()),
    })
}

/// A file as it came.
struct Received {
    name: String,
    incoming: Incoming,
    scanned: Scanned,
}

/// Whether it could be passed to a printer as it is.
type Scanned = Result<(), printer::Refused>;

/// What the other fields of the form ask for.
struct Order {
    pages: Option<String>,
    copies: u16,
    duplex: Duplex,
    color: bool,
    user: String,
    hold: bool,
    format: Format,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            pages: None,
            copies: 1,
            duplex: Duplex::Off,
            color: true,
            user: String::new(),
            hold: false,
            format: Format::Pdf,
        }
    }
}

impl Order {
    fn set(&mut self, (name, value): &(String, String)) -> Result<(), Refusal> {
        let wrong = |field, expected: &str| Refusal::Field {
            field,
            value: value.clone(),
            expected: expected.to_owned(),
        };
        let yes_or_no = |field| match value.as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" | "" => Ok(false),
            _ => Err(wrong(field, "say true or false")),
        };
        match name.as_str() {
            "pages" if value.trim().is_empty() => self.pages = None,
            "pages" => {
                value.parse::<PageRanges>().map_err(|error| {
                    wrong("pages", &format!("{error}; such as 3-7,10"))
                })?;
                self.pages = Some(value.clone());
            }
            "copies" => {
                self.copies = match value.parse() {
                    Ok(copies @ 1..=999) => copies,
                    _ => return Err(wrong("copies", "say 1 to 999")),
                }
            }
            "duplex" => {
                self.duplex = match value.as_str() {
                    "long-edge" => Duplex::LongEdge,
                    "short-edge" => Duplex::ShortEdge,
                    _ if yes_or_no("duplex").is_ok_and(|yes| yes) => {
                        Duplex::LongEdge
                    }
                    _ if yes_or_no("duplex").is_ok() => Duplex::Off,
                    _ => {
                        return Err(wrong(
                            "duplex",
                            "say true, false, long-edge or short-edge",
                        ));
                    }
                }
            }
            "color" => self.color = yes_or_no("color")?,
            "hold" => self.hold = yes_or_no("hold")?,
            "staple" if yes_or_no("staple")? => {
                return Err(wrong("staple", "this server cannot staple"));
            }
            "staple" => {}
            "user" if value.chars().any(char::is_control) => {
                return Err(wrong("user", "control characters are no name"));
            }
            "user" => value.clone_into(&mut self.user),
            "format" => {
                self.format = match value.as_str() {
                    "pdf" | "" => Format::Pdf,
                    "raw" => Format::Raw,
                    _ => return Err(wrong("format", "say pdf or raw")),
                }
            }
            _ => return Err(Refusal::UnknownField(name.clone())),
        }
        Ok(())
    }
}

/// A name is shown to people and sent to the printer: it is a plain name.
fn check_name(name: &str) -> Result<(), Refusal> {
    let why = if name.is_empty() {
        return Err(Refusal::NoFile);
    } else if name.len() > 255 {
        "is longer than 255 bytes"
    } else if name.contains(['/', '\\']) || name == ".." || name == "." {
        "is a path"
    } else if name.chars().any(char::is_control) {
        "has control characters in it"
    } else if name.to_ascii_uppercase().contains("@PJL") {
        "has a printer command in it"
    } else {
        return Ok(());
    };
    Err(Refusal::BadName { name: name.to_owned(), why })
}

/// Names of other kinds of documents, which a PDF must not carry.
const OTHER_KINDS: [&str; 19] = [
    "bmp", "csv", "doc", "docx", "gif", "htm", "html", "jpeg", "jpg", "odt",
    "png", "ppt", "pptx", "ps", "tif", "tiff", "txt", "xls", "xlsx",
];

/// Checks a PDF in a process of its own; returns how many pages will come
/// out for one copy.
fn check_pdf(incoming: &Incoming, job: &PrintJob) -> Result<u32, Refusal> {
    let summary = isolated::check(incoming.path(), &job.settings(600, 1))
        .map_err(|error| match error {
            driver::Error::Document(DocumentError::NotPdf { looks_like }) => {
                Refusal::WrongKind {
                    name: job.name.clone(),
                    what: format!("it looks like {looks_like}; send a PDF"),
                }
            }
            driver::Error::Document(source) => {
                Refusal::Document { name: job.name.clone(), source }
            }
            driver::Error::Start(source) | driver::Error::Renderer(source) => {
                Refusal::Check(source.to_string())
            }
            other => Refusal::Unprintable {
                name: job.name.clone(),
                why: other.to_string(),
            },
        })?;
    let kind = job.name.rsplit_once('.').map(|(_, kind)| kind);
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if OTHER_KINDS.contains(&kind.as_str()) {
        return Err(Refusal::WrongKind {
            name: job.name.clone(),
            what: "it is a PDF; name it .pdf".to_owned(),
        });
    }
    Ok(u32::try_from(summary.pages.len()).unwrap_or(u32::MAX))
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
    let _ = timeout(Duration::from_secs(2), rest).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_path_or_a_command_is_refused() {
        for name in [
            "../../etc/x",
            "..\\x.pdf",
            "a\u{1b}%-12345X.pdf",
            "a\nb.pdf",
            "x @PJL RESET.pdf",
            "..",
        ] {
            let refusal = check_name(name).expect_err(name);
            assert!(matches!(refusal, Refusal::BadName { .. }), "{name}");
        }
        for name in ["report.pdf", "Bericht für März.pdf", "a..b.pdf"] {
            check_name(name).expect("a plain name");
        }
    }
}
