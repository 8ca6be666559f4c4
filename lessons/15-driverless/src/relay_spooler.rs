//! The spooler of the relay: what comes over IPP goes the way of every upload,
//! through the intake and the queue.

mod condition;
mod description;
mod job_options;
mod job_state;
mod refusals;

use std::time::Duration;

use axum::body::Body;
use driver::Media;
use job_queue::{JobId, State};
use printer::Printer;
use relay::{Intake, JobOptions, PrintJob, PrinterState, Submission};
use tokio::runtime::Handle;
use tokio_stream::{Stream, iter};

pub use self::condition::condition as printer_condition;
use self::refusals::OrRefuse;
use crate::{Condition, Document, Job, Refusal, Spooler, Status, Ticket};

/// The format of what goes to the printer as it is, as CUPS names it: offered
/// where the relay allows it.
const RAW: &str = "application/vnd.cups-raw";

/// How long the printer may take to say how it is.
const ANSWER_TIME: Duration = Duration::from_secs(3);
/// How much of a document is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// The program behind an IPP printer: a relay.
pub struct RelaySpooler {
    intake: Intake,
    /// The printer's lane of the queue.
    lane: String,
    /// What the worker hears of the printer.
    state: PrinterState,
    /// Whom to ask how the printer is, if the worker has heard nothing of late.
    printer: Option<Printer>,
    /// The papers in the trays, where an administrator has said so.
    loaded: Vec<Media>,
    check: Box<Check>,
    identify: Box<Identify>,
}

type Check = dyn Fn(&Ticket) -> Result<(), Refusal> + Send + Sync;
type Identify = dyn Fn(&str) + Send + Sync;

impl RelaySpooler {
    /// A spooler that hands documents to `intake`. `state` is the worker's.
    #[must_use]
    pub fn new(intake: Intake, state: PrinterState) -> RelaySpooler {
        RelaySpooler {
            intake,
            lane: String::new(),
            state,
            printer: None,
            loaded: Vec::new(),
            check: Box::new(|_| Ok(())),
            identify: Box::new(|_| ()),
        }
    }

    /// Speaks of this lane of the queue, for one printer among several: the
    /// intake's queue is that lane.
    #[must_use]
    pub fn lane(mut self, name: &str) -> RelaySpooler {
        name.clone_into(&mut self.lane);
        self
    }

    /// Asks this printer how it is, while nobody prints on it.
    #[must_use]
    pub fn printer(mut self, address: printer::Address) -> RelaySpooler {
        let deadlines =
            printer::Deadlines { connect: ANSWER_TIME, silence: ANSWER_TIME };
        self.printer = Some(Printer::new(address, deadlines));
        self
    }

    /// Says what is in the trays, instead of the printer.
    #[must_use]
    pub fn loaded(mut self, papers: Vec<Media>) -> RelaySpooler {
        self.loaded = papers;
        self
    }

    /// Asks `check` about each job before its document comes.
    #[must_use]
    pub fn check(
        mut self,
        check: impl Fn(&Ticket) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> RelaySpooler {
        self.check = Box::new(check);
        self
    }

    /// Calls `identify` when somebody asks which printer this is.
    #[must_use]
    pub fn identify(
        mut self,
        identify: impl Fn(&str) + Send + Sync + 'static,
    ) -> RelaySpooler {
        self.identify = Box::new(identify);
        self
    }

    /// The job as the queue has it, if it is one of this printer's.
    fn look_up(&self, id: u32) -> Result<Option<job_queue::Job>, Refusal> {
        let job = self.intake.queue.job(&JobId(id.into())).or_refuse()?;
        Ok(job.filter(|job| self.has(job)))
    }

    /// Whether the job was sent to this printer, or is in its lane. Whoever
    /// sent it here asks here, also when another printer has taken it over.
    fn has(&self, job: &job_queue::Job) -> bool {
        job.lane == self.lane || print_job(job).printer == self.lane
    }

    /// The job as the queue has it, or a refusal.
    fn find(&self, id: u32) -> Result<job_queue::Job, Refusal> {
        let job = self.look_up(id)?;
        job.ok_or_else(|| {
            Refusal::new(Status::NotFound, format!("there is no job {id}"))
        })
    }
}

impl Spooler for RelaySpooler {
    fn condition(&self) -> Result<Condition, Refusal> {
        let queue = &self.intake.queue;
        let paused = queue.paused().or_refuse()?;
        let mut pending = queue.pending().or_refuse()?;
        pending.retain(|job| job.lane == self.lane);
        let heard = self.state.ask(self.printer.as_ref());
        Ok(printer_condition(&heard, paused, &pending, &self.loaded))
    }

    fn check(&self, ticket: &Ticket) -> Result<(), Refusal> {
        (self.check)(ticket)
    }

    fn reserve(&self) -> Result<u32, Refusal> {
        number(self.intake.queue.reserve().or_refuse()?)
    }

    // ANCHOR: submit
    async fn submit(
        &self,
        ticket: Ticket,
        document: Document,
        reserved: Option<u32>,
    ) -> Result<Job, Refusal> {
        let name = match ticket.name.is_empty() {
            true => document.name,
            false => ticket.name.clone(),
        };
        let raw = document.format == RAW;
        let submission = Submission {
            options: JobOptions { raw, ..job_options::options(&ticket) },
            sender: job_options::sender(&ticket),
            reserved: reserved.map(|id| JobId(id.into())),
            key: None,
        };
        let body = document.body.into_data_stream();
        let accepted = self
            .intake
            .receive_stream(body, &name, submission)
            .await
            .or_refuse()?;
        let queue = self.intake.queue.clone();
        let job = tokio::task::spawn_blocking(move || queue.job(&accepted.id));
        let job = job.await.map_err(|error| {
            Refusal::new(Status::InternalError, error.to_string())
        })?;
        let job = job.or_refuse()?.ok_or_else(|| {
            Refusal::new(Status::NotFound, "the job is gone already")
        })?;
        job_state::view(&job, false)
    }
    // ANCHOR_END: submit

    fn job(&self, id: u32) -> Result<Option<Job>, Refusal> {
        let queue = &self.intake.queue;
        let Some(job) = self.look_up(id)? else { return Ok(None) };
        job_state::view(&job, queue.paused().or_refuse()?.is_some()).map(Some)
    }

    fn jobs(
        &self,
        wanted: &dyn Fn(&Job) -> bool,
        limit: usize,
    ) -> Result<Vec<Job>, Refusal> {
        let queue = &self.intake.queue;
        let paused = queue.paused().or_refuse()?.is_some();
        let mut found = Vec::new();
        for job in queue.jobs(usize::MAX).or_refuse()? {
            if found.len() == limit {
                break;
            }
            if !self.has(&job) {
                continue;
            }
            let job = job_state::view(&job, paused)?;
            if wanted(&job) {
                found.push(job);
            }
        }
        Ok(found)
    }

    fn cancel(&self, id: u32) -> Result<(), Refusal> {
        self.intake.queue.cancel(&JobId(id.into())).or_refuse()?;
        Ok(())
    }

    fn hold(&self, id: u32) -> Result<(), Refusal> {
        self.intake.queue.hold(&JobId(id.into())).or_refuse()
    }

    fn release(&self, id: u32) -> Result<(), Refusal> {
        let job = self.find(id)?;
        if job.state == State::Held && print_job(&job).pin.is_some() {
            return Err(Refusal::new(
                Status::NotPossible,
                format!(
                    "job {id} waits for its PIN: enter it on the server's page"
                ),
            ));
        }
        self.intake.queue.release(&JobId(id.into())).or_refuse()
    }

    fn restart(&self, id: u32) -> Result<(), Refusal> {
        relay::resend(&*self.intake.queue, &JobId(id.into()), None).or_refuse()
    }

    fn resubmit(&self, id: u32, ticket: Ticket) -> Result<Job, Refusal> {
        let old = print_job(&self.find(id)?);
        let path = self.intake.spool.path(&old.document);
        let file = std::fs::File::open(path).map_err(|_| {
            Refusal::new(
                Status::NotPossible,
                format!("the document of job {id} is gone: send it again"),
            )
        })?;
        let format = job_state::media_type(old.format);
        let document = Document {
            format: format.to_owned(),
            name: old.name,
            body: Body::from_stream(pieces(file)),
        };
        // This thread may block, and the intake takes one document a time.
        Handle::current().block_on(self.submit(ticket, document, None))
    }

    fn pause(&self) -> Result<(), Refusal> {
        self.intake.queue.halt("somebody paused it").or_refuse()
    }

    fn resume(&self) -> Result<(), Refusal> {
        self.intake.queue.resume().or_refuse()
    }

    fn identify(&self, message: &str) -> Result<(), Refusal> {
        (self.identify)(message);
        Ok(())
    }
}

/// The pieces of a file, one after the other.
fn pieces(
    mut file: std::fs::File,
) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Unpin {
    use std::io::Read;
    let next = move || {
        let mut piece = vec![0; PIECE];
        match file.read(&mut piece) {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some(Ok(piece))
            }
            Err(error) => Some(Err(error)),
        }
    };
    iter(std::iter::from_fn(next))
}

/// What the job prints; something that can be shown, if it is not one of ours.
fn print_job(job: &job_queue::Job) -> PrintJob {
    PrintJob::from_payload(&job.payload).unwrap_or_else(|_| PrintJob::unknown())
}

/// A number of IPP, which has 31 bits.
fn number(id: JobId) -> Result<u32, Refusal> {
    let number = u32::try_from(id.0).ok();
    number.filter(|number| *number <= i32::MAX as u32).ok_or_else(|| {
        Refusal::new(
            Status::InternalError,
            "the queue has counted further than IPP can: begin a new one",
        )
    })
}
