//! The relay: a document comes in by HTTP and goes out to the printer.
//!
//! The two halves meet only in the queue, so they may be two threads, two
//! processes or two machines:
//!
//! - [`Intake`] receives an upload, checks it, makes it durable in the
//!   [`Spool`] and only then queues a [`PrintJob`]. What it does not take, it
//!   refuses with a [`Refusal`] and keeps nothing of.
//! - [`Worker`] claims a job, renders and sends it, stays until the paper is
//!   out, and notes its [`Progress`] in the queue.

mod intake;
mod print_job;
mod refusal;
mod spool;
mod upload;
mod worker;

pub use intake::{Accepted, Intake, Limits};
pub use print_job::{Format, Phase, PrintJob, Progress};
pub use refusal::Refusal;
pub use spool::{Incoming, Spool};
pub use upload::upload_route;
pub use worker::{LogMessage, Worker, WorkerSettings};
