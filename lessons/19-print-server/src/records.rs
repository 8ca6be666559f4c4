//! The records: what became of every job, taken over from the queue as soon as
//! it is known, and the quotas that they are counted for.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use daemon::{Daemon, Health, Shutdown};
use job_queue::{Enqueued, Milestone, Queue, State};
use print_options::Options;
use print_records::{Allowance, Entry, Error, Ledger, Quotas, Turns};
use relay::{Admission, PrintJob, Progress, Refusal, sending_sides};

use crate::printers::Printers;

/// The ledger's file in the data folder.
pub(crate) const FILE: &str = "records.db";
/// The file of the turns, in the same folder.
const TURNS: &str = "records.turns";
/// The outbox of a queue that all processes of one data folder share.
const OUTBOX: &str = "records";
/// Jobs that end within this time are recorded together, unless somebody asks
/// for the records meanwhile.
const GATHERING: Duration = Duration::from_millis(50);
/// How long one wait lasts. It is short, as it cannot be interrupted.
const WAIT: Duration = Duration::from_millis(500);
/// How often the records that are too old are forgotten.
const HOUR: Duration = Duration::from_secs(3600);

/// The records of this server's jobs. Clones share them.
#[derive(Clone)]
pub(crate) struct Records(Arc<Inner>);

struct Inner {
    ledger: Ledger,
    queue: Arc<dyn Queue>,
    outbox: String,
    /// The name of the default printer, which printed the jobs of older
    /// servers.
    printer: String,
    keep: Duration,
    keep_names: bool,
    quotas: Quotas,
    /// Whether the file has been looked through. Held while milestones are
    /// taken over.
    is_checked: Mutex<bool>,
    /// A turn lasts from the look at a quota until the job is queued.
    turns: Turns,
}

/// What these locks guard is never half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Records {
    /// Opens the ledger in the data folder.
    pub(crate) fn open(
        options: &Options,
        data: &Path,
        queue: Arc<dyn Queue>,
        printers: &Printers,
    ) -> Result<Records, Error> {
        let ledger = Ledger::open(&data.join(FILE))?;
        let turns = Turns::open(&data.join(TURNS)).map_err(Error::Turns)?;
        // What is shared with others keeps apart what is whose.
        let outbox = match options.is_queue_shared() {
            true => ledger.name().to_owned(),
            false => OUTBOX.to_owned(),
        };
        Ok(Records(Arc::new(Inner {
            ledger,
            queue,
            outbox,
            printer: printers.default().name().to_owned(),
            keep: options.keep_records,
            keep_names: !options.no_record_names,
            quotas: options.quotas(),
            is_checked: Mutex::new(false),
            turns,
        })))
    }

    /// The outbox that keeps the milestones of this server's jobs.
    pub(crate) fn outbox(&self) -> &str {
        &self.0.outbox
    }

    /// The ledger, with all that the queue knows by now.
    pub(crate) fn ledger(&self) -> Result<&Ledger, Error> {
        self.catch_up()?;
        Ok(&self.0.ledger)
    }

    /// What this person may print this month; `None` when there is no limit.
    pub(crate) fn allowance(
        &self,
        user: &str,
    ) -> Result<Option<Allowance>, Error> {
        let Some(quota) = self.0.quotas.of(user) else { return Ok(None) };
        self.ledger()?.allowance(user, quota).map(Some)
    }

    fn catch_up(&self) -> Result<(), Error> {
        let inner = &*self.0;
        let mut is_checked = lock(&inner.is_checked);
        if !*is_checked {
            inner.ledger.check()?;
            *is_checked = true;
        }
        let tell = |milestone: &Milestone| Some(inner.entry(milestone));
        inner.ledger.take_over(&*inner.queue, &inner.outbox, tell)?;
        Ok(())
    }

    /// Starts the thread that records what the queue tells, until the daemon
    /// ends, and what was not recorded when it last did.
    pub(crate) fn start(&self, daemon: &Daemon) -> io::Result<()> {
        let records = self.clone();
        let shutdown = daemon.shutdown().clone();
        let health = daemon.health().clone();
        let watch = move || records.watch(&shutdown, &health);
        daemon.tasks().thread("records", watch).map(drop)
    }

    fn watch(&self, shutdown: &Shutdown, health: &Health) {
        let inner = &*self.0;
        let mut seen = 0;
        let mut forgot: Option<Instant> = None;
        while !shutdown.is_stopping() {
            match inner.queue.wait_for_change(seen, WAIT) {
                Ok(version) if version == seen => {}
                Ok(version) => {
                    thread::sleep(GATHERING);
                    let caught_up = self.catch_up();
                    if caught_up.is_ok() {
                        seen = version;
                    } else {
                        thread::sleep(WAIT);
                    }
                    report(caught_up, health);
                }
                // The queue's own trouble is told elsewhere.
                Err(_) => thread::sleep(WAIT),
            }
            if forgot.is_none_or(|forgot| forgot.elapsed() > HOUR) {
                forgot = Some(Instant::now());
                if let Err(error) = inner.ledger.forget(inner.keep) {
                    tracing::warn!("old records cannot be forgotten: {error}");
                }
            }
        }
    }
}

/// Tells the daemon's health whether jobs are recorded.
fn report(caught_up: Result<(), Error>, health: &Health) {
    let trouble = caught_up.map_err(|error| {
        tracing::error!("jobs are not recorded, and wait for it: {error}");
        error.to_string()
    });
    health.set("records", trouble);
}

impl Inner {
    /// What a milestone says in the words of printing.
    fn entry(&self, milestone: &Milestone) -> Entry {
        let job = &milestone.job;
        let order = serde_json::from_str::<PrintJob>(&job.payload)
            .unwrap_or_else(|_| PrintJob::unknown());
        let progress = Progress::from_note(job.progress.as_deref());
        let ordered = sending_sides(&order, &progress);
        // Some printers count nothing, or sheets: what is printed whole is
        // all that was ordered. Of raw data nobody but the printer knows.
        let pages = match job.state {
            State::Done if ordered > 0 => ordered,
            // A person had it sent again, and has looked into the tray.
            State::Waiting => progress.earlier.unwrap_or(progress.printed),
            _ => progress.printed,
        };
        // A sheet of its own.
        let banner = u32::from(progress.banner);
        Entry {
            user: order.user.clone(),
            name: self.keep_names.then(|| order.name.clone()),
            origin: Some(order.host.clone()).filter(|host| !host.is_empty()),
            printer: match job.lane.as_str() {
                "" => self.printer.clone(),
                lane => lane.to_owned(),
            },
            color: order.color,
            ordered: ordered + u32::from(order.sheets.banner),
            pages: pages + banner,
            sheets: order.sheets(pages) + banner,
        }
    }
}

// ANCHOR: admit
impl Admission for Records {
    fn admit(
        &self,
        job: &PrintJob,
        enqueue: &dyn Fn() -> Result<Enqueued, Refusal>,
    ) -> Result<Enqueued, Refusal> {
        let inner = &*self.0;
        if inner.quotas.of(&job.user).is_none() {
            return enqueue();
        }
        // Two jobs at once would both find the last pages free.
        let turn = inner.turns.take();
        let _turn = turn.map_err(|e| Refusal::NoRecords(e.to_string()))?;
        let allowance = self
            .allowance(&job.user)
            .map_err(|error| Refusal::NoRecords(error.to_string()))?;
        // Raw data has at least one page.
        let pages = job.sides().max(1) + u32::from(job.sheets.banner);
        match allowance {
            Some(allowance) if allowance.left() < u64::from(pages) => {
                let (quota, left) = (allowance.quota, allowance.left());
                Err(Refusal::Quota { pages, quota, left })
            }
            _ => enqueue(),
        }
    }
}
// ANCHOR_END: admit
