//! The spooler: the program behind the printer.

use axum::body::Body;

use crate::{Condition, Job, Refusal, Ticket};

/// The program behind a printer: it takes documents in, knows of every job, and
/// prints.
///
/// The printer has already seen to whatever IPP asks for: the ticket holds only
/// what the [`Description`](crate::Description) offers, jobs are changed only by
/// their owners and by operators, and documents are decompressed. All functions
/// but [`submit`](Spooler::submit) may block: they run on a thread for that.
pub trait Spooler: Send + Sync + 'static {
    /// How the printer is now.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn condition(&self) -> Result<Condition, Refusal>;

    /// Whether a job with this ticket would be taken, before its document is
    /// there: rights, quotas, a printer that takes jobs.
    ///
    /// # Errors
    /// Why not.
    fn check(&self, ticket: &Ticket) -> Result<(), Refusal>;

    /// A number for a job whose document comes later, used for no other.
    ///
    /// # Errors
    /// When there is none to be had.
    fn reserve(&self) -> Result<u32, Refusal>;

    /// Receives a document and makes a job of it. When this returns, the job is
    /// safe from a power cut. `reserved` is its number if it has one already.
    ///
    /// When the future is dropped before it is done, nothing is kept.
    ///
    /// # Errors
    /// Why there is no job.
    fn submit(
        &self,
        ticket: Ticket,
        document: Document,
        reserved: Option<u32>,
    ) -> impl Future<Output = Result<Job, Refusal>> + Send;

    /// One job, also one that has ended not long ago.
    ///
    /// # Errors
    /// When the jobs cannot be read.
    fn job(&self, id: u32) -> Result<Option<Job>, Refusal>;

    /// The jobs that are wanted, the newest first, at most `limit` of them.
    ///
    /// # Errors
    /// When the jobs cannot be read.
    fn jobs(
        &self,
        wanted: &dyn Fn(&Job) -> bool,
        limit: usize,
    ) -> Result<Vec<Job>, Refusal>;

    /// Calls a job off.
    ///
    /// # Errors
    /// [`Status::NotPossible`](crate::Status::NotPossible) for one that has
    /// ended.
    fn cancel(&self, id: u32) -> Result<(), Refusal>;

    /// Keeps a job that waits from being printed.
    ///
    /// # Errors
    /// [`Status::NotPossible`](crate::Status::NotPossible) for one that does not
    /// wait.
    fn hold(&self, id: u32) -> Result<(), Refusal>;

    /// Lets a held job take its place in the line.
    ///
    /// # Errors
    /// [`Status::NotPossible`](crate::Status::NotPossible) for one that is not
    /// held, and for one that waits for its PIN.
    fn release(&self, id: u32) -> Result<(), Refusal>;

    /// Prints a job again that did not come to a good end, under its number.
    ///
    /// # Errors
    /// [`Status::NotPossible`](crate::Status::NotPossible) for any other.
    fn restart(&self, id: u32) -> Result<(), Refusal>;

    /// Makes a new job of the document of one that has ended.
    ///
    /// # Errors
    /// [`Status::NotPossible`](crate::Status::NotPossible) when the document is
    /// no longer there.
    fn resubmit(&self, id: u32, ticket: Ticket) -> Result<Job, Refusal>;

    /// Stops the printing after the job in hand.
    ///
    /// # Errors
    /// When it cannot.
    fn pause(&self) -> Result<(), Refusal>;

    /// Goes on with the printing.
    ///
    /// # Errors
    /// When it cannot.
    fn resume(&self) -> Result<(), Refusal>;

    /// Shows people which printer this is. `message` is the sender's, without
    /// control characters, and may be empty.
    ///
    /// # Errors
    /// When it cannot.
    fn identify(&self, message: &str) -> Result<(), Refusal>;
}

/// A document on its way in.
#[derive(Debug)]
pub struct Document {
    /// The MIME type that the sender names, or `application/octet-stream`. To
    /// be looked at, and not to be believed.
    pub format: String,
    /// The document's name; may be empty.
    pub name: String,
    /// Its bytes, decompressed, as they come. They end with an error when the
    /// sender goes away, or sends what cannot be decompressed.
    pub body: Body,
}
