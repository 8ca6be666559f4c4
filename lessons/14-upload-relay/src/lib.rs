//! The relay: a document comes in by HTTP and goes out to the printer.
//!
//! Its two halves meet only in the queue and the spool, so they may be two
//! threads or two processes. With a queue for several machines they meet in the
//! queue alone: a worker fetches the document over HTTP ([`Intakes`]) from the
//! intake that has it ([`Spool::document_route`]).
//!
//! - [`Intake`] receives an upload, checks it, makes it durable in the
//!   [`Spool`] and only then queues a [`PrintJob`]. A document comes in a form,
//!   or as a stream of bytes with its [`JobOptions`]. What the intake does not
//!   take is refused with a [`Refusal`], and nothing of it is kept.
//! - [`Worker`] claims a job, renders and sends it, stays until the paper is
//!   out, and keeps the job's [`Progress`] in the queue.
//!
//! With several printers each has a lane of the queue and a worker of its own.
//! The intake knows them as [`Destination`]s, and a
//! stand-in (the package `stand-ins`) takes over what waits for one that fails.
//!
//! ```no_run
//! use relay::{Intake, Limits, Spool, Worker, WorkerSettings, upload_route};
//! use printer::{Deadlines, Printer};
//! use std::sync::Arc;
//!
//! let spool = Spool::open("spool".as_ref())?;
//! let queue = job_queue::open("sqlite:queue.db", "print")?;
//! let worker = Worker {
//!     queue: queue.clone(),
//!     spool: spool.clone(),
//!     printer: Printer::new(
//!         "tcp://192.0.2.36:9100".parse()?,
//!         Deadlines::default(),
//!     ),
//!     settings: WorkerSettings::new("worker 1"),
//!     stop: Arc::default(),
//! };
//! std::thread::spawn(move || worker.run());
//!
//! let intake = Intake::new(spool, queue, Limits::default());
//! let router = upload_route(intake); // for axum::serve
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod admission;
mod check;
mod destination;
mod file_name;
mod form_body;
mod form_fields;
mod intake;
mod job_findings;
mod job_options;
mod keeping;
mod on_doubt;
mod print_job;
mod printer_pin;
mod printer_state;
mod refusal;
mod reprint;
mod resend;
mod sender;
mod sheet_options;
mod upload;
mod worker;

pub use access::{Department, PasswordPlace, PrinterAccess, PrinterAccount};
pub use admission::Admission;
pub use destination::Destination;
pub use intake::{Accepted, Examined, Intake, Limits, Submission};
pub use job_options::{JobOptions, PinAt};
pub use keeping::{Keeping, SweepError, kept_until};
pub use on_doubt::OnDoubt;
pub use pins::{PinHash, PinTries, PinTry};
pub use print_job::{Format, Phase, PrintJob, Progress};
pub use printer_pin::PrinterPin;
pub use printer_state::{Heard, PrinterState};
pub use refusal::Refusal;
pub use reprint::ReprintError;
pub use resend::{ResendError, next_page, resend, sending_sides};
pub use sender::Sender;
pub use sheet_options::{Finisher, SheetOptions};
pub use spool::{Incoming, Kept, Spool, sync_folder};
pub use transfer::{BadAddress, IntakeAddress, Intakes, KnownIntake};
pub use upload::upload_route;
pub use worker::{LogMessage, Worker, WorkerSettings};
