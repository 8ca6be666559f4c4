use crate::Error;
use crate::connection::{Printer, closed, no_news};
use crate::reply::{Replies, Reply};
use crate::status::{Severity, Status};
use crate::ticket::{JobTicket, UEL};
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What the printer says while a job is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device's state: at the start, and whenever it changes.
    Status(Status),
    /// So many pages of this job are out.
    Page(u32),
    /// The printer has begun this job.
    JobStart,
    /// The last page of this job is out.
    JobEnd {
        /// Pages printed, when the printer counts them.
        pages: Option<u32>,
    },
    /// Somebody cancelled this job at the printer.
    JobCancelled,
}

/// What became of a job that was sent to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Bytes sent, PJL included.
    pub sent: u64,
    /// Pages that the printer says it printed.
    pub pages: Option<u32>,
    /// Whether the printer itself said that the last page is out. Never so
    /// with `replies=no`: then the bytes were sent, and that is all one knows.
    pub confirmed: bool,
    /// Warnings of the printer during the job, such as toner that runs low or
    /// data it could not print.
    pub warnings: Vec<Status>,
}

/// One job on its way to the printer: write its data, then
/// [`finish`](Session::finish) it.
///
/// While the printer stands still, out of paper for instance, `write` blocks,
/// and the reason comes as an [`Event`]. When the printer goes on, so does the
/// `write`. Errors of `write` carry an [`Error`]: see [`Error::from_io`].
///
/// A session that is dropped before `finish` is aborted.
#[derive(Debug)]
pub struct Session {
    printer: Printer,
    stream: TcpStream,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
    /// What is left to send of the header.
    header: Vec<u8>,
    footer: Vec<u8>,
    begun: bool,
    done: bool,
}

/// Ends a session from another thread, even while its `write` blocks.
#[derive(Clone, Debug)]
pub struct Canceller {
    stream: Arc<TcpStream>,
    shared: Arc<Shared>,
}

/// One system call sends at most so many bytes. A printer that takes a call's
/// worth within the deadline for silence is alive.
const CHUNK: usize = 256 * 1024;

impl Session {
    pub(crate) fn open(
        printer: Printer,
        stream: TcpStream,
        ticket: &JobTicket,
        events: impl FnMut(Event) + Send + 'static,
    ) -> io::Result<Session> {
        let shared = Arc::new(Shared::new());
        let ear = Ear {
            printer: printer.clone(),
            stream: stream.try_clone()?,
            shared: Arc::clone(&shared),
            tag: ticket.tag(),
            events,
        };
        let reader = thread::Builder::new()
            .name("printer-replies".into())
            .spawn(|| ear.listen())?;
        Ok(Session {
            printer,
            stream,
            shared,
            reader: Some(reader),
            header: ticket.header(),
            footer: ticket.footer(),
            begun: false,
            done: false,
        })
    }

    /// Sends the job's header now instead of together with the first data.
    ///
    /// # Errors
    /// As `write`.
    pub fn begin(&mut self) -> Result<(), Error> {
        while !self.header.is_empty() {
            self.send(b"")?;
        }
        Ok(())
    }

    /// A handle to cancel the job with, from another thread.
    ///
    /// # Errors
    /// When the operating system has no more handles.
    pub fn canceller(&self) -> io::Result<Canceller> {
        Ok(Canceller {
            stream: Arc::new(self.stream.try_clone()?),
            shared: Arc::clone(&self.shared),
        })
    }

    /// Ends the job and waits until its last page is out.
    ///
    /// The wait is as long as the printer gives signs of life: messages, or,
    /// when it has said nothing for [`Deadlines::silence`], an answer on a
    /// second connection that it is busy or stands still. A printer whose
    /// last word was a jam or the like is waited for without end, unless it
    /// says on that second connection that it is ready: then it has forgotten
    /// the job.
    ///
    /// With `replies=no` the sending half is closed and the printer is given
    /// [`Deadlines::silence`] to close the other: a printer does so when it
    /// has read everything, and hanging up before that could lose the job's
    /// tail. No longer wait, and no error, follows from its not doing so.
    ///
    /// # Errors
    /// [`Error::Reset`], [`Error::Silent`], [`Error::Cancelled`].
    ///
    /// [`Deadlines::silence`]: crate::Deadlines::silence
    pub fn finish(mut self) -> Result<Report, Error> {
        self.begin()?;
        let footer = std::mem::take(&mut self.footer);
        let mut rest = &footer[..];
        while !rest.is_empty() {
            let sent = self.send(rest)?;
            rest = &rest[sent..];
        }
        self.done = true;
        if self.printer.address().replies() {
            self.wait_for_job_end()
        } else {
            self.wait_for_close()
        }
    }

    fn wait_for_job_end(&mut self) -> Result<Report, Error> {
        let mut state = self.shared.lock();
        state.wait_begins();
        while state.end.is_none() {
            state = self.shared.wait(state);
        }
        drop(state);
        self.hang_up();
        let state = self.shared.lock();
        match &state.end {
            Some(End::Printed { pages }) => Ok(Report {
                sent: state.sent,
                pages: *pages,
                confirmed: true,
                warnings: state.warnings.clone(),
            }),
            _ => Err(state.error(&self.printer)),
        }
    }

    fn wait_for_close(&mut self) -> Result<Report, Error> {
        let shut = self.stream.shutdown(Shutdown::Write);
        let state = self.shared.lock();
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, self.printer.silence(), |state| {
                state.end.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        let reset = match &state.end {
            Some(End::Broken(error)) => {
                error.kind() != io::ErrorKind::UnexpectedEof
            }
            Some(_) => true,
            None => false,
        };
        if reset || shut.is_err() {
            return Err(state.error(&self.printer));
        }
        Ok(Report {
            sent: state.sent,
            pages: None,
            confirmed: false,
            warnings: Vec::new(),
        })
    }

    /// Gives the job up: tells the printer, if it listens, to drop what it
    /// has of it, and hangs up. Pages that are out are out.
    pub fn abort(self) {
        drop(self);
    }

    /// One system call: what is left of the header, and the data behind it.
    /// Returns how much of `data` was taken.
    fn send(&mut self, data: &[u8]) -> Result<usize, Error> {
        let data = &data[..data.len().min(CHUNK)];
        {
            let mut state = self.shared.lock();
            // A printer may report a job's end before we have sent ours.
            if !matches!(state.end, None | Some(End::Printed { .. })) {
                return Err(state.error(&self.printer));
            }
            state.wait_begins();
        }
        self.begun = true;
        let result = loop {
            let sent = if self.header.is_empty() {
                self.stream.write(data)
            } else {
                let both = [IoSlice::new(&self.header), IoSlice::new(data)];
                self.stream.write_vectored(&both)
            };
            match sent {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) if !data.is_empty() => break Err(closed()),
                other => break other,
            }
        };
        match result {
            Ok(sent) => {
                self.shared.lock().taken(sent);
                let of_header = sent.min(self.header.len());
                self.header.drain(..of_header);
                Ok(sent - of_header)
            }
            Err(error) => {
                // The printer's last words may say why: hear them first.
                self.done = true;
                self.hang_up();
                self.shared.end(End::Broken(error));
                Err(self.shared.lock().error(&self.printer))
            }
        }
    }

    fn hang_up(&mut self) {
        // Nothing to be done when it is gone already.
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Write for Session {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if data.is_empty() {
            return Ok(0);
        }
        loop {
            let sent = self.send(data)?;
            if sent > 0 {
                return Ok(sent);
            }
        }
    }

    /// Nothing is held back, so there is nothing to do.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.begun && !self.done {
            // Best effort: a printer that takes no byte takes no UEL either.
            let _ = self.stream.set_nonblocking(true);
            let _ = self.stream.write_all(UEL);
        }
        self.hang_up();
    }
}

impl Canceller {
    /// Hangs up. The session's `write` or `finish` returns
    /// [`Error::Cancelled`].
    pub fn cancel(&self) {
        self.shared.end(End::Cancelled { at_printer: false });
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// What the writing and the listening thread know together.
#[derive(Debug)]
struct State {
    sent: u64,
    pages: u32,
    /// Whether the `PAGE` messages are about this job.
    ours: bool,
    status: Option<Status>,
    warnings: Vec<Status>,
    /// When the printer last took a byte or said a word, or when we began to
    /// wait for it. None while we ourselves have nothing to send.
    waiting_since: Option<Instant>,
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    Printed { pages: Option<u32> },
    Cancelled { at_printer: bool },
    Silent(Duration),
    Broken(io::Error),
}

impl Shared {
    fn new() -> Shared {
        Shared {
            state: Mutex::new(State {
                sent: 0,
                pages: 0,
                ours: false,
                status: None,
                warnings: Vec::new(),
                waiting_since: None,
                end: None,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The first end counts: what follows is only its echo.
    fn end(&self, end: End) {
        self.lock().end.get_or_insert(end);
        self.changed.notify_all();
    }
}

impl State {
    fn wait_begins(&mut self) {
        self.waiting_since = Some(Instant::now());
    }

    fn taken(&mut self, bytes: usize) {
        self.sent += bytes as u64;
        self.waiting_since = None;
    }

    fn sign_of_life(&mut self) {
        if self.waiting_since.is_some() {
            self.wait_begins();
        }
    }

    fn error(&self, printer: &Printer) -> Error {
        let address = printer.address().clone();
        let (sent, pages) = (self.sent, self.pages);
        match &self.end {
            Some(End::Cancelled { at_printer }) => {
                Error::Cancelled { at_printer: *at_printer, sent, pages }
            }
            Some(End::Silent(waited)) => {
                Error::Silent { address, waited: *waited, sent, pages }
            }
            Some(End::Broken(error)) => {
                let source = io::Error::new(error.kind(), error.to_string());
                Error::Reset { address, sent, pages, source }
            }
            Some(End::Printed { .. }) | None => {
                Error::Reset { address, sent, pages, source: closed() }
            }
        }
    }
}

/// The thread that listens to the printer, and notices when there is nothing
/// to hear.
struct Ear<F> {
    printer: Printer,
    stream: TcpStream,
    shared: Arc<Shared>,
    tag: String,
    events: F,
}

impl<F: FnMut(Event)> Ear<F> {
    fn listen(mut self) {
        let mut replies = Replies::new();
        let mut buffer = [0; 2048];
        loop {
            let patience = self.patience();
            if patience.is_zero() && !self.lives_elsewhere() {
                self.shared.end(End::Silent(self.printer.silence()));
                let _ = self.stream.shutdown(Shutdown::Both);
                return;
            }
            let patience = patience.max(Duration::from_millis(1));
            if let Err(e) = self.stream.set_read_timeout(Some(patience)) {
                return self.shared.end(End::Broken(e));
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return self.shared.end(End::Broken(closed())),
                Ok(n) => {
                    self.shared.lock().sign_of_life();
                    replies.feed(&buffer[..n], |reply| self.hear(reply));
                }
                Err(e) if no_news(&e) => {}
                Err(e) => return self.shared.end(End::Broken(e)),
            }
        }
    }

    /// How much longer silence is fine.
    fn patience(&self) -> Duration {
        let silence = self.printer.silence();
        match self.shared.lock().waiting_since {
            Some(since) => silence.saturating_sub(since.elapsed()),
            None => silence,
        }
    }

    /// Silence here may have a reason: another job that is printed first, or
    /// a jam, of which it told us before. Ask on a second connection; a
    /// printer that takes no second one is believed as to its jam.
    fn lives_elsewhere(&mut self) -> bool {
        let answer = self.printer.in_haste().status();
        let stands = |status: &Status| status.severity() != Severity::Ready;
        let mut state = self.shared.lock();
        let lives = match &answer {
            Ok(status) => stands(status),
            Err(_) => state
                .status
                .as_ref()
                .is_some_and(|status| status.severity() == Severity::Attention),
        };
        if lives {
            state.sign_of_life();
        }
        drop(state);
        if let (true, Ok(status)) = (lives, answer) {
            self.hear(Reply::Device(status));
        }
        lives
    }

    fn hear(&mut self, reply: Reply) {
        let mut state = self.shared.lock();
        let ours = |name: &str| name == self.tag;
        let (event, end) = match reply {
            Reply::Status(status) | Reply::Device(status) => {
                if state.status.as_ref() == Some(&status) {
                    return;
                }
                state.status = Some(status.clone());
                let known = state.warnings.contains(&status);
                if status.severity() == Severity::Warning
                    && !known
                    && state.warnings.len() < MOST_WARNINGS
                {
                    state.warnings.push(status.clone());
                }
                (Event::Status(status), None)
            }
            Reply::Page(pages) if state.ours => {
                state.pages = pages;
                (Event::Page(pages), None)
            }
            Reply::JobStart { name } => {
                state.ours = ours(&name);
                if !state.ours {
                    return;
                }
                (Event::JobStart, None)
            }
            Reply::JobEnd { name, pages } if ours(&name) => {
                state.pages = pages.unwrap_or(state.pages);
                (Event::JobEnd { pages }, Some(End::Printed { pages }))
            }
            Reply::JobCancelled { name } if ours(&name) => {
                (Event::JobCancelled, Some(End::Cancelled { at_printer: true }))
            }
            _ => return,
        };
        // The caller's code runs without our lock.
        drop(state);
        (self.events)(event);
        if let Some(end) = end {
            self.shared.end(end);
        }
    }
}

/// A printer that warns endlessly must not fill our memory.
const MOST_WARNINGS: usize = 16;
