//! The refusal of an upload, in words and as an HTTP status.

use std::io;
use std::time::Duration;

use axum::http::StatusCode;
use driver::{DocumentError, RangeError};
use thiserror::Error;

/// An upload that was refused. Nothing of it has been kept.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The request is not a form with files in it.
    #[error("this is not a form with a file: send multipart/form-data ({0})")]
    NotAForm(String),
    /// The form has no part called `file`.
    #[error("no file part: send the document as the form field `file`")]
    NoFile,
    /// The form has two parts called `file`.
    #[error("two files in one request: send one request for each document")]
    TwoFiles,
    /// The file part has no bytes.
    #[error("{0:?} is empty: there is nothing to print")]
    Empty(String),
    /// The file's name is a path, or could do harm.
    #[error("the file name {name:?} {why}: rename the file")]
    BadName {
        /// The name as it was sent.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The name says one kind of document and the bytes another.
    #[error("{name:?} is not what its name says: {what}")]
    WrongKind {
        /// The file's name.
        name: String,
        /// What it looks like.
        what: String,
    },
    /// The document cannot be printed.
    #[error("{name:?} cannot be printed: {source}")]
    Document {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// Not all of the document can be printed, and such documents are refused
    /// here.
    #[error(
        "{name:?} cannot be printed whole: {}; mend it, or export it again",
        losses.join("; ")
    )]
    Doubtful {
        /// The file's name.
        name: String,
        /// What would be missing on paper.
        losses: Vec<String>,
    },
    /// The document makes the renderer fail.
    #[error("{name:?} cannot be printed: {why}")]
    Unprintable {
        /// The file's name.
        name: String,
        /// How it failed.
        why: String,
    },
    /// A form field has a value that it cannot have.
    #[error("the field `{field}` is {value:?}: {expected}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// What was sent.
        value: String,
        /// What could have been sent.
        expected: String,
    },
    /// The person may use other printers, or none.
    #[error(
        "you may not print on {0:?}: choose another printer, or ask an \
         administrator"
    )]
    NotYourPrinter(String),
    /// A PIN that is none.
    #[error("a PIN is 4 to 16 digits: choose another one")]
    BadPin,
    /// A PIN for the printer's panel is asked for, and none given.
    #[error("a job that waits in the printer needs a PIN: send one, too")]
    NoPin,
    /// The printer asks who prints, and knows nobody for this person.
    #[error(
        "the printer asks for a user's password, and {} no user there: ask an \
         administrator",
        if .0.is_empty() { "a job of nobody by name has".to_owned() } else {
            format!("{} has", .0) }
    )]
    NoPrinterAccount(String),
    /// A form field has more to say than any needs.
    #[error("the field {0:?} is longer than {1} bytes: say less in it")]
    LongField(String, usize),
    /// A form field that we do not know: perhaps it is misspelt.
    #[error(
        "there is no field {0:?}: we know file, printer, pages, copies, \
         duplex, color, media, media-type, tray, scaling, number-up, orientation, quality, \
         resolution, save-toner, staple, punch, user, department, hold, pin, \
         pin-at and format"
    )]
    UnknownField(String),
    /// More bytes than the server takes.
    #[error("the document is larger than {limit} bytes, the most we take")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The document broke off, or cannot be unpacked.
    #[error("the document did not come whole: {0}")]
    BrokenOff(String),
    /// The client was too slow.
    #[error(
        "the upload stopped for {} s or took too long: try again",
        .0.as_secs()
    )]
    TooSlow(Duration),
    /// Raw data, and this server does not take any.
    #[error(
        "raw printer data is not allowed here: send a PDF, or start the \
         server with --allow-raw"
    )]
    RawNotAllowed,
    /// Raw data that would command the printer.
    #[error("the raw data is refused: {0}")]
    Hostile(printer::Refused),
    /// The idempotency key came before, with another document.
    #[error(
        "this Idempotency-Key was used for another request: use a new key \
         for each new document"
    )]
    KeyReused,
    /// The person has not enough pages left.
    #[error(
        "this job has {pages} pages, and of your {quota} pages for this month \
         {left} are left: print less of it, or ask an administrator for more"
    )]
    Quota {
        /// Page sides of the job.
        pages: u32,
        /// Page sides that the person may print in a month.
        quota: u32,
        /// Those that are neither printed nor asked for yet.
        left: u64,
    },
    /// What the person has printed is not known just now.
    #[error("how many pages are left for you cannot be told now: {0}")]
    NoRecords(String),
    /// All processors were at work on other documents.
    #[error(
        "the server has been busy with other documents for too long: nothing \
         was taken; try again in a minute"
    )]
    Busy,
    /// The disk is full.
    #[error(
        "the server's disk is full: nothing was taken; free some room on it \
         and try again"
    )]
    DiskFull,
    /// The disk fails in another way.
    #[error("the server cannot keep the document: {0}")]
    Disk(io::Error),
    /// The queue cannot be reached.
    #[error("the queue does not take the job: {0}")]
    Queue(job_queue::Error),
    /// The renderer cannot be started.
    #[error("the document cannot be checked: {0}")]
    Check(String),
}

impl Refusal {
    /// The HTTP status of the answer (RFC 9110, section 15).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        use Refusal as R;
        match self {
            R::NotAForm(_) | R::NoFile | R::TwoFiles => StatusCode::BAD_REQUEST,
            R::BadName { .. }
            | R::BrokenOff(_)
            | R::BadPin
            | R::NoPin
            | R::Field { .. }
            | R::LongField(..)
            | R::UnknownField(_) => StatusCode::BAD_REQUEST,
            R::RawNotAllowed
            | R::NoPrinterAccount(_)
            | R::NotYourPrinter(_)
            | R::Quota { .. } => StatusCode::FORBIDDEN,
            R::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            R::KeyReused => StatusCode::CONFLICT,
            R::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            R::WrongKind { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            R::Document { source, .. } => match source {
                DocumentError::Range(RangeError::OutsideDocument {
                    ..
                }) => StatusCode::RANGE_NOT_SATISFIABLE,
                DocumentError::Range(_) => StatusCode::BAD_REQUEST,
                DocumentError::NotPrintable { .. }
                | DocumentError::NoLibreOffice => {
                    StatusCode::UNSUPPORTED_MEDIA_TYPE
                }
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            },
            R::Empty(_)
            | R::Hostile(_)
            | R::Doubtful { .. }
            | R::Unprintable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            R::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            R::Queue(job_queue::Error::Full { .. }) => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            R::Queue(_) | R::Busy | R::NoRecords(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            R::Disk(_) | R::Check(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how long the client should try again, for the header
    /// `Retry-After` (RFC 9110, section 10.2.3), if that may help.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        (self.status() == StatusCode::SERVICE_UNAVAILABLE)
            .then_some(Duration::from_secs(30))
    }

    /// The refusal for a failed write to the spool.
    #[must_use]
    pub fn from_disk(error: io::Error) -> Refusal {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Refusal::DiskFull
            }
            _ => Refusal::Disk(error),
        }
    }
}
