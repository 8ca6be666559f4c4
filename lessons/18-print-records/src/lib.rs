//! The record of every page: who printed what, when, and on how much paper.
//!
//! The queue keeps a milestone in its outbox with each end of a job, in one
//! transaction with that end. A [`Ledger`] takes the milestones over: it
//! commits them, and only then empties the outbox. Killed between the two, it
//! finds the same milestones again and knows that it has them. So no page is
//! without a record, and none has two.
//!
//! ```
//! use job_queue::{NewJob, open};
//! use print_records::{Entry, Filter, Ledger};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("queue.db").display());
//! # let file = folder.path().join("records.db");
//! let queue = open(&url, "print")?;
//! let ledger = Ledger::open(&file)?;
//! queue.enqueue(NewJob::new("lease.pdf").outbox(ledger.name()))?;
//!
//! let (lease, wait) = (Duration::from_secs(30), Duration::ZERO);
//! let claim = queue.claim("worker 1", lease, wait)?.expect("a job is due");
//! queue.complete(claim, "10")?;
//!
//! // What the queue does not know: who asked, and what a note means.
//! ledger.take_over(&*queue, ledger.name(), |milestone| {
//!     let pages = milestone.job.progress.as_deref().unwrap_or("0");
//!     Some(Entry {
//!         user: "venkman".to_owned(),
//!         name: Some(milestone.job.payload.clone()),
//!         pages: pages.parse().unwrap_or(0),
//!         ..Entry::default()
//!     })
//! })?;
//! let records = ledger.records(&Filter::default())?;
//! assert_eq!((records.len(), records[0].pages), (1, 10));
//! # Ok(())
//! # }
//! ```
//!
//! - [`Ledger`]: the file, and what is done with it
//! - [`Entry`]: what a milestone says in the words of printing
//! - [`Record`], [`Filter`], [`Sum`], [`By`]: what was printed, searched and
//!   summed
//! - [`Quotas`], [`Allowance`]: how much a person may print in a month
//! - [`Turns`]: one looks at a quota at a time, in whichever process
//! - [`csv`]: a table that a spreadsheet cannot take for a program
//! - [`Error`]: what can go wrong

pub mod csv;
mod entry;
mod error;
mod ledger;
mod quota;
mod record;
mod search;
mod sum;
mod turns;

pub use entry::Entry;
pub use error::{Error, Result};
pub use ledger::Ledger;
pub use quota::{Allowance, Quotas};
pub use record::{Outcome, Record};
pub use search::{Filter, Place};
pub use sum::{By, Sum};
pub use turns::{Turn, Turns};
