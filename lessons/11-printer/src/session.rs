//! One job on its way to the printer: the thread that writes.

use std::io::{self, IoSlice, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::Error;
use crate::connection::{Connection, closed};
use crate::job_state::{End, SharedState};
use crate::lpd::LpdJob;
use crate::reply_reader::{Event, ReplyReader};
use crate::status::Status;
use crate::ticket::{JobTicket, UEL};

/// The most bytes that one system call sends. A printer that takes as much
/// within the deadline for silence is alive.
const CHUNK: usize = 256 * 1024;

/// The outcome of a job that was sent to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Bytes sent, PJL included.
    pub sent: u64,
    /// Pages that the printer says it printed.
    pub pages: Option<u32>,
    /// Whether the printer itself reported that the last page is out. With
    /// `replies=no` it never does: then all one knows is that the bytes were
    /// sent.
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
    connection: Connection,
    shared: Arc<SharedState>,
    papers: Vec<String>,
    reader: Option<JoinHandle<()>>,
    /// The job as it is collected, for LPD.
    lpd: Option<LpdJob>,
    /// The part of the header that is not sent yet.
    header: Vec<u8>,
    footer: Vec<u8>,
    begun: bool,
    done: bool,
}

/// Ends a session from another thread, even while its `write` blocks.
#[derive(Clone, Debug)]
pub struct Canceller {
    stream: Arc<TcpStream>,
    shared: Arc<SharedState>,
}

impl Session {
    pub(crate) fn open(
        connection: Connection,
        ticket: &JobTicket,
        papers: Vec<String>,
        events: impl FnMut(Event) + Send + 'static,
    ) -> Result<Session, Error> {
        let shared = Arc::new(SharedState::default());
        if let Some(queue) = connection.address.queue() {
            let lpd = LpdJob::new(queue, ticket);
            let lpd = lpd.map_err(|error| connection.broken(error))?;
            // The job goes by another connection, later. A printer that takes
            // one at a time is not to wait for this one meanwhile.
            let _ = connection.stream.shutdown(Shutdown::Both);
            return Ok(Session {
                connection,
                shared,
                papers,
                reader: None,
                lpd: Some(lpd),
                header: ticket.header(),
                footer: ticket.footer(),
                begun: false,
                done: false,
            });
        }
        let reader = connection.try_clone().and_then(|connection| {
            let shared = Arc::clone(&shared);
            let tag = ticket.tag();
            let reader = ReplyReader { connection, shared, tag, events };
            thread::Builder::new()
                .name("printer-replies".into())
                .spawn(|| reader.run())
        });
        let reader = Some(reader.map_err(|error| connection.broken(error))?);
        Ok(Session {
            connection,
            shared,
            papers,
            reader,
            lpd: None,
            header: ticket.header(),
            footer: ticket.footer(),
            begun: false,
            done: false,
        })
    }

    /// The papers in the printer's trays, `A4`, `LETTER` and the like, if the
    /// ticket asks for them and the printer says.
    pub fn papers(&self) -> &[String] {
        &self.papers
    }

    /// Sends the job's header now instead of together with the first data.
    ///
    /// # Errors
    /// As `write`.
    pub fn begin(&mut self) -> Result<(), Error> {
        if self.lpd.is_some() {
            return Ok(());
        }
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
            stream: Arc::new(self.connection.stream.try_clone()?),
            shared: Arc::clone(&self.shared),
        })
    }

    /// Ends the job and waits until its last page is out. By LPD the job is
    /// sent only now, and the wait ends when the printer has all of it.
    ///
    /// The wait lasts as long as the printer gives signs of life: messages,
    /// or, when none have come for [`Deadlines::silence`], an answer on a
    /// second connection that it is busy or stands still. A printer whose
    /// last message was a jam or the like is waited for without end, unless
    /// it answers on that second connection that it is ready: then it has
    /// forgotten the job.
    ///
    /// With `replies=no` the sending half is closed, and the printer has
    /// [`Deadlines::silence`] to close the other. A printer closes it when it
    /// has read everything; if we closed our end before that, the tail of the
    /// job could be lost. A printer that does not close it in time is no
    /// error.
    ///
    /// # Errors
    /// [`Error::Reset`], [`Error::Silent`], [`Error::Cancelled`].
    ///
    /// [`Deadlines::silence`]: crate::Deadlines::silence
    pub fn finish(mut self) -> Result<Report, Error> {
        self.begin()?;
        let footer = std::mem::take(&mut self.footer);
        if let Some(lpd) = self.lpd.take() {
            return self.send_by_lpd(lpd, &footer);
        }
        let mut rest = &footer[..];
        while !rest.is_empty() {
            match self.send(rest) {
                Ok(sent) => rest = &rest[sent..],
                // A printer may hang up once it has said that all is out.
                Err(error) => return self.confirmed().ok_or(error),
            }
        }
        self.done = true;
        if self.connection.address.replies() {
            self.wait_for_job_end()
        } else {
            self.wait_for_close()
        }
    }

    fn send_by_lpd(
        &mut self,
        mut lpd: LpdJob,
        footer: &[u8],
    ) -> Result<Report, Error> {
        let Connection { address, deadlines, .. } = &self.connection;
        // A job without data has its header still here.
        let rest = [&self.header[..], footer].concat();
        lpd.collect(&rest).map_err(|error| self.connection.broken(error))?;
        lpd.send(address, *deadlines, &self.shared)?;
        let sent = self.shared.lock().sent;
        let warnings = Vec::new();
        Ok(Report { sent, pages: None, confirmed: false, warnings })
    }

    fn wait_for_job_end(&mut self) -> Result<Report, Error> {
        self.shared.lock().wait_begins();
        drop(self.shared.wait_for_end());
        self.hang_up();
        self.confirmed()
            .ok_or_else(|| self.shared.lock().error(&self.connection.address))
    }

    /// The report of a job whose end the printer has confirmed.
    fn confirmed(&self) -> Option<Report> {
        let state = self.shared.lock();
        let Some(End::Printed { pages }) = &state.end else { return None };
        Some(Report {
            sent: state.sent,
            pages: *pages,
            confirmed: true,
            warnings: state.warnings.clone(),
        })
    }

    fn wait_for_close(&mut self) -> Result<Report, Error> {
        let shut = self.connection.stream.shutdown(Shutdown::Write);
        let silence = self.connection.deadlines.silence;
        drop(self.shared.wait_for_end_at_most(silence));
        // Some say so although nobody asked them.
        if let Some(report) = self.confirmed() {
            return Ok(report);
        }
        let state = self.shared.lock();
        let reset = match &state.end {
            Some(End::Broken(error)) => {
                error.kind() != io::ErrorKind::UnexpectedEof
            }
            Some(_) => true,
            None => false,
        };
        if reset || shut.is_err() {
            return Err(state.error(&self.connection.address));
        }
        Ok(Report {
            sent: state.sent,
            pages: None,
            confirmed: false,
            warnings: Vec::new(),
        })
    }

    /// Gives the job up: sends a UEL, with which a printer that still reads
    /// drops the rest of the job, and hangs up. Pages that are out are out.
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
                return Err(state.error(&self.connection.address));
            }
            state.wait_begins();
        }
        self.begun = true;
        let stream = &mut self.connection.stream;
        let result = loop {
            let sent = if self.header.is_empty() {
                stream.write(data)
            } else {
                let both = [IoSlice::new(&self.header), IoSlice::new(data)];
                stream.write_vectored(&both)
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
                // The printer's last message may say why: read it first.
                self.done = true;
                self.hang_up();
                self.shared.end(End::Broken(error));
                Err(self.shared.lock().error(&self.connection.address))
            }
        }
    }

    fn hang_up(&mut self) {
        // An error means that the connection is gone already.
        let _ = self.connection.stream.shutdown(Shutdown::Both);
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
        if let Some(lpd) = &mut self.lpd {
            let state = self.shared.lock();
            if state.end.is_some() {
                return Err(state.error(&self.connection.address).into());
            }
            drop(state);
            lpd.collect(&std::mem::take(&mut self.header))?;
            lpd.collect(data)?;
            return Ok(data.len());
        }
        loop {
            let sent = self.send(data)?;
            if sent > 0 {
                return Ok(sent);
            }
        }
    }

    /// Does nothing: no data are held back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.begun && !self.done {
            // Best effort: a printer that takes no byte takes no UEL either.
            let _ = self.connection.stream.set_nonblocking(true);
            let _ = self.connection.stream.write_all(UEL);
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
