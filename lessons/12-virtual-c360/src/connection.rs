//! One connection: a thread that reads and obeys PJL, and one that sends the
//! replies.

use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use crate::job::Job;
use crate::job_input::{JobInput, UEL};
use crate::machine::Machine;
use crate::pjl::{self, Command};
use crate::status::MODEL;
use crate::subscribers::Subscriber;

/// The machine's own code, in the range of messages that go away by
/// themselves.
const NOT_UNDERSTOOD: u32 = 30903;

/// How long a client may leave a reply unread.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);
/// Replies that wait to be sent to one client.
const MOST_REPLIES: usize = 64;
/// The longest line of PJL, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Serves one connection to its end.
pub(crate) fn serve(machine: Arc<Machine>, stream: TcpStream, id: u64) {
    // An error here is the connection's end; there is nobody to report it to.
    let _ = try_serve(machine, stream, id);
}

fn try_serve(
    machine: Arc<Machine>,
    stream: TcpStream,
    id: u64,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (replies, outbox) = sync_channel(MOST_REPLIES);
    let subscriber = Subscriber {
        replies: replies.clone(),
        stream: stream.try_clone()?,
        device: false,
        job: false,
        page: false,
    };
    if !machine.connect(id, subscriber) {
        return Ok(());
    }
    let writer = spawn_writer(&stream, outbox);
    let result = stream.try_clone().and_then(|input| {
        let mut connection = Connection {
            input: JobInput::new(input, Arc::clone(&machine)),
            timer: stream.try_clone()?,
            machine: Arc::clone(&machine),
            id,
            replies,
            language: None,
            job: None,
        };
        let result = connection.run();
        connection.abandon_job();
        result
    });
    if result.is_err_and(|e| e.kind() == io::ErrorKind::ConnectionReset) {
        // Close with RST: whatever is not sent yet is thrown away.
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    // The last sender goes with the subscriber, and ends the writer.
    machine.disconnect(id);
    if let Ok(writer) = writer {
        let _ = writer.join();
    }
    Ok(())
}

/// Replies are sent by a thread of their own, so that a client that does not
/// read them cannot block the machine.
fn spawn_writer(
    stream: &TcpStream,
    outbox: Receiver<Vec<u8>>,
) -> io::Result<JoinHandle<()>> {
    let mut stream = stream.try_clone()?;
    stream.set_write_timeout(Some(REPLY_TIMEOUT))?;
    thread::Builder::new().name("c360-replies".into()).spawn(move || {
        for reply in outbox {
            if stream.write_all(&reply).is_err() {
                return;
            }
        }
    })
}

struct Connection {
    input: JobInput,
    /// The same socket, to set its read time-out with.
    timer: TcpStream,
    machine: Arc<Machine>,
    id: u64,
    replies: SyncSender<Vec<u8>>,
    /// Named in `ENTER LANGUAGE`; the data follow.
    language: Option<String>,
    job: Option<Job>,
}

impl Connection {
    fn run(&mut self) -> io::Result<()> {
        loop {
            if self.input.at_uel()? {
                self.input.consume(UEL.len());
                self.language = None;
                // Data without a JOB command end here.
                if self.job.as_ref().is_some_and(|job| !job.framed) {
                    self.end_job()?;
                }
                continue;
            }
            let start = self.input.peek(1)?.first().copied();
            match start {
                None => return self.end_job(),
                Some(_) if self.language.is_some() => self.print_data()?,
                Some(b'@') if self.input.peek(4)? == b"@PJL" => {
                    self.obey_line()?;
                }
                Some(b' ' | b'\t' | b'\r' | b'\n' | 0) => self.input.consume(1),
                Some(_) => self.print_data()?,
            }
        }
    }

    fn obey_line(&mut self) -> io::Result<()> {
        let mut line = Vec::new();
        (&mut self.input).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        for command in pjl::parse(&String::from_utf8_lossy(&line)) {
            self.obey(command)?;
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> io::Result<()> {
        match command {
            Command::Job { name } => {
                self.end_job()?;
                self.job = Some(Job::new(name, true));
            }
            Command::EndOfJob => self.end_job()?,
            Command::Set(name, value) => {
                let job = self.job.get_or_insert_with(|| Job::new(None, false));
                job.set(&name, value);
            }
            // AUTO asks the machine to find out by itself.
            Command::Enter(language) => {
                self.language = Some(language.to_ascii_uppercase())
                    .filter(|language| language != "AUTO");
            }
            Command::Info(what) => self.answer_info(&what)?,
            Command::Inquire(name) => {
                let paper = self.machine.settings.paper_of(&name);
                let value = paper.unwrap_or("\"?\"");
                self.reply(format!("INQUIRE {name}\r\n{value}\r\n"))?;
            }
            Command::Echo(words) => self.reply(format!("ECHO {words}\r\n"))?,
            Command::Ustatus { what, on } => {
                self.machine.subscribe(self.id, |to| match what.as_str() {
                    "DEVICE" => to.device = on,
                    "JOB" => to.job = on,
                    "PAGE" => to.page = on,
                    _ => {}
                });
            }
            Command::UstatusOff => self.machine.subscribe(self.id, |to| {
                (to.device, to.job, to.page) = (false, false, false);
            }),
        }
        Ok(())
    }

    fn answer_info(&mut self, what: &str) -> io::Result<()> {
        let answer = match what {
            "STATUS" => self.machine.status().lines(),
            "ID" => format!("\"{MODEL}\"\r\n"),
            "PAGECOUNT" => {
                format!("PAGECOUNT={}\r\n", self.machine.page_count())
            }
            _ => "\"?\"\r\n".into(),
        };
        self.reply(format!("INFO {what}\r\n{answer}"))
    }

    fn reply(&self, text: String) -> io::Result<()> {
        let reply = format!("@PJL {text}\x0c").into_bytes();
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.replies.send(reply).map_err(gone)
    }

    /// Waits for the engine, and prints the data that come next.
    fn print_data(&mut self) -> io::Result<()> {
        let language = self.language.take();
        let start = self.input.peek(b") HP-PCL XL".len())?.to_vec();
        let (id, machine) = (self.id, Arc::clone(&self.machine));
        let job = self.job.get_or_insert_with(|| Job::new(None, false));
        if !job.is_admitted(&machine) {
            return self.input.until_uel(|_| Ok(()));
        }
        if job.engine.is_none() {
            let info = job.info.clone();
            job.engine = Some(machine.acquire_engine(id, info, &job.tag)?);
            // A sender that stops in the middle of a job blocks all others.
            let limit = machine.settings.io_timeout;
            self.timer.set_read_timeout(Some(limit))?;
        }
        let is = |name: &str| language.as_deref() == Some(name);
        let begins =
            |text: &[u8]| language.is_none() && start.starts_with(text);
        if is("PCLXL") || begins(b") HP-PCL XL") || begins(b"( HP-PCL XL") {
            job.print_pcl_xl(&mut self.input, &machine)
        } else if is("POSTSCRIPT")
            || is("PDF")
            || begins(b"%!")
            || begins(b"%PDF-")
        {
            job.print_postscript(&mut self.input, &machine)
        } else {
            let text = "DATA NOT UNDERSTOOD: NOTHING PRINTED";
            machine.report_problem(NOT_UNDERSTOOD, text);
            self.input.until_uel(|_| Ok(()))
        }
    }

    fn end_job(&mut self) -> io::Result<()> {
        let Some(job) = &mut self.job else { return Ok(()) };
        if job.engine.is_none() && !job.framed {
            self.job = None;
            return Ok(());
        }
        job.end(&self.machine)?;
        self.job = None;
        self.timer.set_read_timeout(None)
    }

    /// The connection is over: an unfinished job is dropped.
    fn abandon_job(&mut self) {
        // Its own sender is gone, or is to learn nothing.
        self.machine.subscribe(self.id, |to| to.job = false);
        if let Some(job) = self.job.take() {
            job.cancel();
        }
    }
}
