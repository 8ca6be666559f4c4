//! The worker: takes a job from the queue, and stays with it until the paper
//! is out or until it can say why not.

use crate::{Format, Phase, PrintJob, Progress, Spool};
use driver::isolated::{self, Limits};
use job_queue::{Claim, Queue, Signal};
use printer::{Canceller, Event, Printer, Session, Severity};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Prints jobs, one after another, on one printer.
pub struct Worker {
    /// Where the jobs come from.
    pub queue: Arc<dyn Queue>,
    /// Where their documents lie.
    pub spool: Spool,
    /// Where the paper comes out.
    pub printer: Printer,
    /// How this worker works.
    pub settings: WorkerSettings,
    /// Set it, and the worker ends after the job in hand.
    pub stop: Arc<AtomicBool>,
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The worker's name, shown with its jobs. Different for each worker.
    pub name: String,
    /// How long a job stays ours without a sign of life from us.
    pub lease: Duration,
    /// The printer's resolution in dots per inch: 300 or 600.
    pub dpi: u16,
    /// How many threads render.
    pub threads: usize,
    /// What rendering one document may take.
    pub limits: Limits,
    /// Hears how jobs end, of a printer that goes away and comes back, and of
    /// trouble. Unless somebody keeps a log, trouble goes to standard error,
    /// and the rest to nobody: the queue knows it too.
    pub news: fn(News),
}

/// What becomes of jobs and of the printer, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// As it should be.
    Good(String),
    /// Somebody may have to look.
    Bad(String),
    /// What no job can tell of: a queue that does not answer.
    Trouble(String),
}

impl WorkerSettings {
    /// The usual: 600 dpi, all cores, a lease of ten seconds.
    #[must_use]
    pub fn new(name: &str) -> WorkerSettings {
        WorkerSettings {
            name: name.to_owned(),
            lease: Duration::from_secs(10),
            dpi: 600,
            threads: thread::available_parallelism().map_or(1, usize::from),
            limits: Limits::default(),
            news: |news| {
                if let News::Trouble(words) = news {
                    eprintln!("{words}");
                }
            },
        }
    }
}

/// How the printing of one job ended.
enum Outcome {
    /// Every page is out, as far as this printer tells.
    Printed,
    /// The printer was not ready; it has got nothing of the job.
    NotBegun(printer::Error),
    /// The job itself is at fault: trying again would not help.
    Failed(String),
    /// Something of ours went wrong before the first byte: try again.
    Again(String),
    /// This machine cannot work on any job just now.
    NotNow(String),
    /// A person cancelled it.
    Cancelled,
    /// Bytes have gone, and nobody knows what became of them.
    Uncertain(String),
    /// The lease ran out: the job is not ours any more.
    Lost,
    /// The server is stopping, and the printer has got nothing of the job.
    Stopped,
}

impl Outcome {
    /// The same for a log.
    fn news(&self, claim: &Claim, progress: &Progress) -> Option<News> {
        let job = format!("job {}", claim.job.id);
        Some(match self {
            Outcome::Printed => {
                let s = if progress.printed == 1 { "" } else { "s" };
                let pages = progress.printed;
                News::Good(format!("{job} is printed: {pages} page{s}"))
            }
            Outcome::Cancelled => News::Good(format!("{job} is cancelled")),
            // The printer's own words, which name it.
            Outcome::NotBegun(error) => News::Bad(format!("{job}: {error}")),
            Outcome::Failed(why) => News::Bad(format!("{job} failed: {why}")),
            Outcome::Again(why) => {
                let tries = claim.job.attempts;
                News::Bad(format!("{job} failed at try {tries}: {why}"))
            }
            Outcome::Uncertain(why) => {
                News::Bad(format!("{job} is uncertain: {why}"))
            }
            Outcome::Lost => {
                News::Bad(format!("{job}: its lease ran out as it printed"))
            }
            // Told as trouble, or to be seen at the next start.
            Outcome::NotNow(_) | Outcome::Stopped => return None,
        })
    }
}

// ANCHOR: run
impl Worker {
    /// Works until told to stop. A bug that panics over one job does not end
    /// the printing of all.
    pub fn run(&self) {
        self.run_with(|job| drop(catch_unwind(AssertUnwindSafe(job))));
    }

    /// The same for who watches over the jobs: `guard` runs each of them, and
    /// catches its panic. The job's lease runs out then, and its attempts are
    /// counted.
    pub fn run_with(&self, guard: impl Fn(&mut dyn FnMut())) {
        let mut next = None;
        while !self.stopping() {
            let mut claim = next.take().or_else(|| self.claim());
            if claim.is_some() {
                guard(&mut || {
                    next = claim.take().and_then(|claim| self.handle(claim));
                });
            }
        }
        if let Some(claim) = next {
            self.report(self.queue.hand_back(claim, "the server stopped"));
        }
    }

    /// Prints one job and tells the queue how it ended. Finishing a job and
    /// taking the next is one step: the next one may come back from here.
    fn handle(&self, claim: Claim) -> Option<Claim> {
        let name = &self.settings.name;
        let lease = self.settings.lease;
        let queue = &self.queue;
        let (outcome, progress) = self.print(&claim);
        let note = progress.to_note();
        if let Outcome::Failed(_) | Outcome::Uncertain(_) = outcome {
            self.report(queue.progress(&claim, &note).map(drop));
        }
        if let Some(news) = outcome.news(&claim, &progress) {
            (self.settings.news)(news);
        }
        let settled = match outcome {
            Outcome::Printed => {
                match queue.complete_and_claim(claim, &note, name, lease) {
                    Ok(next) => return next,
                    Err(error) => Err(error),
                }
            }
            Outcome::NotBegun(error) => {
                let reason = error.to_string();
                self.report(queue.pause(&reason, lease));
                let settled = queue.hand_back(claim, &reason);
                self.wait_for_printer(&error);
                settled
            }
            Outcome::Failed(reason) => queue.bury(claim, &reason),
            Outcome::Again(reason) => queue.retry(claim, &reason).map(drop),
            Outcome::NotNow(reason) => {
                self.trouble(&reason);
                // Its end brings the next try.
                self.report(queue.pause(&reason, lease));
                queue.hand_back(claim, &reason)
            }
            Outcome::Cancelled => queue.settle_cancelled(claim, &note),
            Outcome::Uncertain(reason) => queue.uncertain(claim, &reason),
            Outcome::Stopped => queue.hand_back(claim, "the server stopped"),
            Outcome::Lost => Ok(()),
        };
        self.report(settled);
        None
    }
    // ANCHOR_END: run

    /// Waits a moment for a job; a queue that fails is tried again.
    fn claim(&self) -> Option<Claim> {
        const MOMENT: Duration = Duration::from_secs(1);
        let WorkerSettings { name, lease, .. } = &self.settings;
        match self.queue.claim(name, *lease, MOMENT) {
            Ok(claim) => claim,
            Err(error) => {
                self.trouble(&format!("the queue does not answer: {error}"));
                thread::sleep(MOMENT);
                None
            }
        }
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What cannot be told to the queue is told to the log: the lease will
    /// run out, and the queue then knows by itself what to do.
    fn report(&self, settled: Result<(), job_queue::Error>) {
        if let Err(error) = settled {
            self.trouble(&error.to_string());
        }
    }

    fn trouble(&self, words: &str) {
        let words = format!("{}: {words}", self.settings.name);
        (self.settings.news)(News::Trouble(words));
    }

    // ANCHOR: pause
    /// A printer that is off line pauses the queue: no job loses an attempt,
    /// and none overtakes. Returns when the printer is back.
    fn wait_for_printer(&self, error: &printer::Error) {
        let reason = RefCell::new(error.to_string());
        // The pause is a lease too: if we die, another worker finds out.
        let renewed = Cell::new(Instant::now());
        let pause = || {
            renewed.set(Instant::now());
            let lease = self.settings.lease;
            self.report(self.queue.pause(&reason.borrow(), lease));
        };
        // Somebody clears a jam and finds the tray empty: say so.
        let mut told = |error: &printer::Error| {
            let now = error.to_string();
            if reason.replace(now.clone()) != now {
                (self.settings.news)(News::Bad(now));
                pause();
            }
        };
        let give_up = || {
            if renewed.get().elapsed() > self.settings.lease / 3 {
                pause();
            }
            self.stopping()
        };
        let back = self.printer.wait_until_ready(&mut told, &give_up);
        // A printer that says it is ready, and yet hangs up on each job, is
        // not asked again and again without a pause.
        if matches!(error, printer::Error::Reset { .. }) {
            thread::sleep(Duration::from_millis(500));
        }
        if back.is_ok() {
            (self.settings.news)(News::Good("the printer is back".into()));
            self.report(self.queue.resume());
        }
    }
    // ANCHOR_END: pause

    /// Prints one job. The second value is how far it came.
    fn print(&self, claim: &Claim) -> (Outcome, Progress) {
        let Ok(job) = serde_json::from_str::<PrintJob>(&claim.job.payload)
        else {
            let reason = "this is no print job of ours".to_owned();
            return (Outcome::Failed(reason), Progress::default());
        };
        let (notes, inbox) = mpsc::channel();
        let desk = Desk::default();
        let shared = &desk;
        let outcome = thread::scope(move |scope| {
            let keeper = scope.spawn(move || self.keep(claim, &inbox, shared));
            let outcome = self.start_and_send(claim, &job, &notes, shared);
            // The keeper ends when the last sender of notes is gone.
            drop(notes);
            // Its panic is one over this job.
            keeper.join().unwrap_or_else(|panic| resume_unwind(panic));
            outcome
        });
        let mut progress = lock(&desk.progress).clone();
        // A cancelled or lost job makes the printing fail: say the cause.
        let outcome = match lock(&desk.verdict).take() {
            Some(verdict) if !matches!(outcome, Outcome::Printed) => verdict,
            _ => outcome,
        };
        if matches!(outcome, Outcome::Printed) {
            progress.phase = Phase::Printed;
            progress.condition = None;
        }
        (outcome, progress)
    }

    fn start_and_send(
        &self,
        claim: &Claim,
        job: &PrintJob,
        notes: &Sender<Note>,
        desk: &Desk,
    ) -> Outcome {
        let ticket = job.ticket(&claim.job.id.to_string());
        let heard = notes.clone();
        let started = self.printer.start(&ticket, move |event| {
            // Nobody listens any more once the job is over.
            let _ = heard.send(Note::Printer(event));
        });
        let session = match started {
            Ok(session) => session,
            Err(error) => return Outcome::NotBegun(error),
        };
        match session.canceller() {
            Ok(canceller) => *lock(&desk.canceller) = Some(canceller),
            Err(error) => return Outcome::Again(error.to_string()),
        }
        self.send(claim, job, session, notes, desk)
    }

    // ANCHOR: send
    /// Sends the document, rendered or as it is, and waits for the paper.
    fn send(
        &self,
        claim: &Claim,
        job: &PrintJob,
        session: Session,
        notes: &Sender<Note>,
        desk: &Desk,
    ) -> Outcome {
        let path = self.spool.path(&job.document);
        let mut gate = Gate { worker: self, claim, desk, session, open: false };
        let sent = match job.format {
            Format::Raw => {
                pass_on(&path, &mut gate).map_err(driver::Error::Write)
            }
            Format::Pdf => isolated::print(
                &path,
                &job.settings(self.settings.dpi, self.settings.threads),
                self.settings.limits,
                &mut gate,
                &mut |_| drop(notes.send(Note::PageSent)),
            )
            .map(drop),
        };
        use driver::Error as E;
        match sent {
            Ok(()) => {
                let _ = notes.send(Note::AllSent);
                match gate.session.finish() {
                    Ok(_) => Outcome::Printed,
                    Err(error) => broken_off(&error, desk),
                }
            }
            Err(E::Write(error)) => match printer::Error::from_io(error) {
                Ok(error) if error.began() => broken_off(&error, desk),
                Ok(error) => Outcome::NotBegun(error),
                Err(error) => gate.failed(&error.to_string(), job, true),
            },
            Err(error @ E::Start(_)) => Outcome::NotNow(error.to_string()),
            Err(error @ E::Renderer(_)) => {
                gate.failed(&error.to_string(), job, true)
            }
            // The same document would fail in the same way.
            Err(error) => gate.failed(&error.to_string(), job, false),
        }
    }
    // ANCHOR_END: send

    // ANCHOR: keep
    /// Keeps the job ours while it prints, and notes how far it is.
    fn keep(&self, claim: &Claim, inbox: &Receiver<Note>, desk: &Desk) {
        let lease = self.settings.lease;
        let mut renewed = Instant::now();
        loop {
            let left = (lease / 3).saturating_sub(renewed.elapsed());
            let signal = if left.is_zero() {
                renewed = Instant::now();
                self.queue.renew(claim, lease)
            } else {
                match hear(inbox, left, desk) {
                    Ok(Some(news)) => self.queue.progress(claim, &news),
                    Ok(None) => continue,
                    Err(RecvError) => return,
                }
            };
            let verdict = match signal {
                Ok(Signal::Continue) => continue,
                Ok(Signal::Cancelled) => Outcome::Cancelled,
                Err(job_queue::Error::LeaseLost(_)) => Outcome::Lost,
                // The queue may be back before the lease is over.
                Err(error) => {
                    self.report(Err(error));
                    continue;
                }
            };
            lock(&desk.verdict).get_or_insert(verdict);
            if let Some(canceller) = &*lock(&desk.canceller) {
                canceller.cancel();
            }
        }
    }
    // ANCHOR_END: keep
}

/// Waits for news of the job, and a moment longer for what comes with it, so
/// that the queue gets one note and not ten. `Err` when the job is over.
fn hear(
    inbox: &Receiver<Note>,
    most: Duration,
    desk: &Desk,
) -> Result<Option<String>, RecvError> {
    const MOMENT: Duration = Duration::from_millis(20);
    let before = lock(&desk.progress).clone();
    let mut until = Instant::now() + most;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match inbox.recv_timeout(left) {
            Ok(note) => desk.note(note),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
        }
        until = until.min(Instant::now() + MOMENT);
    }
    let now = lock(&desk.progress).clone();
    Ok((now != before).then(|| now.to_note()))
}

/// What the keeper of a job hears.
enum Note {
    /// From the printer.
    Printer(Event),
    /// The data of one more page has been sent.
    PageSent,
    /// The document's last byte has been sent.
    AllSent,
}

/// What the two threads of a job share.
#[derive(Default)]
struct Desk {
    progress: Mutex<Progress>,
    verdict: Mutex<Option<Outcome>>,
    canceller: Mutex<Option<Canceller>>,
}

impl Desk {
    fn note(&self, note: Note) {
        let mut progress = lock(&self.progress);
        match note {
            Note::Printer(Event::Page(pages)) => progress.printed = pages,
            Note::Printer(Event::Status(status)) => {
                let stands = status.severity() == Severity::Attention;
                progress.condition =
                    stands.then(|| status.meaning().to_owned());
            }
            Note::PageSent => progress.sent += 1,
            Note::AllSent => progress.phase = Phase::Sent,
            Note::Printer(_) => {}
        }
    }
}

/// The way to the printer. The first byte passes only when the queue has it
/// in writing that from now on the job may be on paper.
struct Gate<'a> {
    worker: &'a Worker,
    claim: &'a Claim,
    desk: &'a Desk,
    session: Session,
    open: bool,
}

impl Gate<'_> {
    // ANCHOR: gate
    fn open(&mut self) -> io::Result<()> {
        let mut progress = lock(&self.desk.progress);
        let mut verdict = lock(&self.desk.verdict);
        if self.worker.stopping() {
            verdict.get_or_insert(Outcome::Stopped);
        }
        if verdict.is_some() {
            // Not `Interrupted`: that is what `write_all` tries again.
            return Err(io::Error::other("the job is not wanted any more"));
        }
        progress.phase = Phase::Sending;
        let note = progress.to_note();
        let queue = &self.worker.queue;
        if let Err(error) = queue.point_of_no_return(self.claim, &note) {
            progress.phase = Phase::Rendering;
            *verdict = Some(match error {
                job_queue::Error::Cancelled(_) => Outcome::Cancelled,
                job_queue::Error::LeaseLost(_) => Outcome::Lost,
                other => Outcome::Again(other.to_string()),
            });
            return Err(io::Error::other("the queue says no"));
        }
        self.open = true;
        Ok(())
    }
    // ANCHOR_END: gate

    /// The document, not the printer, was the trouble.
    fn failed(self, reason: &str, job: &PrintJob, again: bool) -> Outcome {
        if self.open {
            // Tell the printer to forget the rest: what is out is known.
            self.session.abort();
            let printed = lock(&self.desk.progress).printed;
            let sides = job.sides();
            return Outcome::Failed(format!(
                "{reason}; {printed} of {sides} pages were printed before"
            ));
        }
        match again {
            true => Outcome::Again(reason.to_owned()),
            false => Outcome::Failed(reason.to_owned()),
        }
    }
}

impl Write for Gate<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if !self.open {
            self.open()?;
        }
        self.session.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.session.flush()
    }
}

/// After the first byte only a person knows: the printer may print what it
/// has, and it may not. Unless a person at the printer ended it.
fn broken_off(error: &printer::Error, desk: &Desk) -> Outcome {
    let mut progress = lock(&desk.progress);
    progress.printed = progress.printed.max(error.pages());
    match error {
        printer::Error::Cancelled { at_printer: true, .. } => {
            Outcome::Cancelled
        }
        error => Outcome::Uncertain(error.to_string()),
    }
}

/// Sends a file as it is, in pieces as large as one system call takes.
fn pass_on(path: &Path, out: &mut impl Write) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; 256 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(()),
            count => out.write_all(&piece[..count])?,
        }
    }
}

/// Everything in one lock is written in one step: a thread that panicked
/// left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use driver::Duplex;
    use job_queue::{NewJob, State};
    use printer::Deadlines;
    use virtual_c360::VirtualC360;

    /// The printer is ready, and the order to stop comes just before the
    /// first byte.
    #[test]
    fn a_job_that_is_stopped_before_its_first_byte_goes_back_in_the_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let tray = folder.path().join("tray");
        let c360 = VirtualC360::start(virtual_c360::Settings::new(tray))
            .expect("a printer");
        let file = folder.path().join("queue.db");
        let queue =
            job_queue::open(&format!("sqlite:{}", file.display()), "print")
                .expect("a queue");
        let spool = Spool::open(folder.path()).expect("a spool");
        let mut incoming = spool.receive().expect("a file");
        incoming.write_all(b"never to be sent").expect("written");
        let job = PrintJob {
            document: incoming.keep().expect("kept"),
            name: "stopped.prn".to_owned(),
            user: String::new(),
            bytes: 16,
            format: Format::Raw,
            page_count: 0,
            pages: None,
            copies: 1,
            duplex: Duplex::Off,
            color: true,
        };
        let payload = serde_json::to_string(&job).expect("plain data");
        let id = queue.enqueue(NewJob::new(payload)).expect("queued").id;
        let address = format!("tcp://{}", c360.address());
        let worker = Worker {
            queue: queue.clone(),
            spool,
            printer: Printer::new(
                address.parse().expect("an address"),
                Deadlines::default(),
            ),
            settings: WorkerSettings::new("worker"),
            stop: Arc::new(AtomicBool::new(true)),
        };
        let lease = Duration::from_secs(60);
        let claim = queue.claim("worker", lease, Duration::ZERO);
        let claim = claim.expect("a queue").expect("a job");

        let (done, waiting) = mpsc::channel();
        thread::spawn(move || {
            let next = worker.handle(claim);
            done.send(next.is_none()).expect("the test waits");
        });
        let patience = Duration::from_secs(30);
        let none = waiting.recv_timeout(patience).expect("it comes to an end");
        assert!(none);
        let job = queue.job(&id).expect("a queue").expect("the job");
        assert_eq!((job.state, job.attempts), (State::Waiting, 0));
        assert!(!job.no_return);
        assert!(c360.pages().is_empty());
    }
}
