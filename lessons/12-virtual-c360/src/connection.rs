use crate::error_page::error_page;
use crate::machine::{Ear, Machine, Printing, Turn};
use crate::page::{Page, Side};
use crate::pcl_xl::{self, Happening};
use crate::pjl::{self, Command};
use crate::postscript;
use crate::tray::TrayPage;
use crate::wire::{UEL, Wire};
use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Serves one connection to its end.
pub(crate) fn serve(machine: Arc<Machine>, stream: TcpStream, id: u64) {
    // An error here is the connection's end; there is nobody to tell.
    let _ = try_serve(machine, stream, id);
}

fn try_serve(
    machine: Arc<Machine>,
    stream: TcpStream,
    id: u64,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // Replies go out from a thread of their own, so that a client who does
    // not read them cannot keep the machine.
    let mut out = stream.try_clone()?;
    out.set_write_timeout(Some(Duration::from_secs(10)))?;
    let (replies, outbox) = sync_channel::<Vec<u8>>(64);
    let ear = Ear {
        replies: replies.clone(),
        stream: stream.try_clone()?,
        device: false,
        job: false,
        page: false,
    };
    if !machine.arrived(id, ear) {
        return Ok(());
    }
    let writer =
        thread::Builder::new().name("c360-replies".into()).spawn(move || {
            for reply in outbox {
                if out.write_all(&reply).is_err() {
                    return;
                }
            }
        });
    let result = stream.try_clone().and_then(|input| {
        let mut connection = Connection {
            wire: Wire::new(input, Arc::clone(&machine)),
            timer: stream.try_clone()?,
            machine: Arc::clone(&machine),
            id,
            replies,
            language: None,
            job: None,
        };
        let result = connection.run();
        connection.give_up();
        result
    });
    if result.is_err_and(|e| e.kind() == io::ErrorKind::ConnectionReset) {
        // Close with RST: what is not sent yet is thrown away.
        let _ =
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    // The last sender goes with the machine's ear, and the writer with it.
    machine.left(id);
    if let Ok(writer) = writer {
        let _ = writer.join();
    }
    Ok(())
}

struct Connection {
    wire: Wire,
    /// The same socket, to set its deadline with.
    timer: TcpStream,
    machine: Arc<Machine>,
    id: u64,
    replies: SyncSender<Vec<u8>>,
    /// Named in `ENTER LANGUAGE`; the data follow.
    language: Option<String>,
    job: Option<Job>,
}

/// From `@PJL JOB` to `EOJ`, or just some data between two UELs.
struct Job {
    /// What `USTATUS JOB` calls it.
    tag: String,
    printing: Printing,
    copies: u16,
    duplex: bool,
    framed: bool,
    turn: Option<Turn>,
    pages: Vec<TrayPage>,
}

impl Job {
    fn new(name: Option<String>, framed: bool) -> Job {
        let tag = name.unwrap_or_default();
        Job {
            printing: Printing { job: tag.clone(), user: String::new() },
            tag,
            copies: 1,
            duplex: false,
            framed,
            turn: None,
            pages: Vec::new(),
        }
    }

    fn set(&mut self, name: &str, value: String) {
        match name {
            "JOBNAME" => self.printing.job = value,
            "USERNAME" => self.printing.user = value,
            "QTY" | "COPIES" => {
                self.copies = value.parse().unwrap_or(1).clamp(1, 999);
            }
            "DUPLEX" => self.duplex = value == "ON",
            _ => {}
        }
    }
}

/// The machine's own numbers among the messages that go away by themselves.
const PCL_XL_ERROR: u32 = 30901;
const NOT_INTERPRETED: u32 = 30902;
const NOT_UNDERSTOOD: u32 = 30903;

/// The longest document that is spooled for Ghostscript, in bytes.
const LONGEST_DOCUMENT: u64 = 1 << 30;
const LONGEST_LINE: u64 = 4096;

impl Connection {
    fn run(&mut self) -> io::Result<()> {
        loop {
            if self.wire.at_uel()? {
                self.wire.consume(UEL.len());
                self.language = None;
                // Data without a JOB command end here.
                if self.job.as_ref().is_some_and(|job| !job.framed) {
                    self.end_job()?;
                }
                continue;
            }
            let start = self.wire.peek(1)?.first().copied();
            match start {
                None => return self.end_job(),
                Some(_) if self.language.is_some() => self.data()?,
                Some(b'@') if self.wire.peek(4)? == b"@PJL" => self.line()?,
                Some(b' ' | b'\t' | b'\r' | b'\n' | 0) => self.wire.consume(1),
                Some(_) => self.data()?,
            }
        }
    }

    fn line(&mut self) -> io::Result<()> {
        let mut line = Vec::new();
        (&mut self.wire).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
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
            Command::Info(what) => self.inform(&what)?,
            Command::Echo(words) => self.reply(format!("ECHO {words}\r\n"))?,
            Command::Ustatus { what, on } => {
                self.machine.listen(self.id, |ear| match what.as_str() {
                    "DEVICE" => ear.device = on,
                    "JOB" => ear.job = on,
                    "PAGE" => ear.page = on,
                    _ => {}
                });
            }
            Command::UstatusOff => self.machine.listen(self.id, |ear| {
                (ear.device, ear.job, ear.page) = (false, false, false);
            }),
        }
        Ok(())
    }

    fn inform(&mut self, what: &str) -> io::Result<()> {
        let answer = match what {
            "STATUS" => {
                let status = self.machine.status();
                let online = if status.online { "TRUE" } else { "FALSE" };
                format!(
                    "CODE={}\r\nDISPLAY=\"{}\"\r\nONLINE={online}",
                    status.code, status.display
                )
            }
            "ID" => format!("\"{}\"", crate::MODEL),
            "PAGECOUNT" => format!("PAGECOUNT={}", self.machine.page_count()),
            _ => "\"?\"".into(),
        };
        self.reply(format!("INFO {what}\r\n{answer}\r\n"))
    }

    fn reply(&self, text: String) -> io::Result<()> {
        let reply = format!("@PJL {text}\x0c").into_bytes();
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.replies.send(reply).map_err(gone)
    }

    /// Something to print: waits for the engine, and prints it.
    fn data(&mut self) -> io::Result<()> {
        let language = self.language.take();
        let start = self.wire.peek(b") HP-PCL XL".len())?.to_vec();
        let job = self.job.get_or_insert_with(|| Job::new(None, false));
        if job.turn.is_none() {
            let printing = job.printing.clone();
            let turn = self.machine.take_turn(self.id, printing, &job.tag)?;
            job.turn = Some(turn);
            // Who stops in the middle of a job keeps everybody waiting.
            let limit = self.machine.settings.io_timeout;
            self.timer.set_read_timeout(Some(limit))?;
        }
        let is = |name: &str| language.as_deref() == Some(name);
        let begins =
            |text: &[u8]| language.is_none() && start.starts_with(text);
        if is("PCLXL") || begins(b") HP-PCL XL") || begins(b"( HP-PCL XL") {
            self.pcl_xl()
        } else if is("POSTSCRIPT")
            || is("PDF")
            || begins(b"%!")
            || begins(b"%PDF-")
        {
            self.postscript()
        } else {
            let words = "DATA NOT UNDERSTOOD: NOTHING PRINTED";
            self.machine.complain(NOT_UNDERSTOOD, words);
            self.wire.until_uel(|_| Ok(()))
        }
    }

    fn pcl_xl(&mut self) -> io::Result<()> {
        let Connection { wire, machine, id, job, .. } = self;
        let Some(job) = job else { return Ok(()) };
        let result = pcl_xl::read(wire, &mut |happening| match happening {
            Happening::Working => machine.gate(),
            Happening::Page(page) => {
                machine.print(&page, *id, &job.printing, &mut job.pages)
            }
        });
        match result {
            Ok(_) => {}
            Err(pcl_xl::Error::Xl(error)) => {
                let page = error_page(&error.lines());
                machine.print(&page, *id, &job.printing, &mut job.pages)?;
                let words = format!(
                    "PCL XL ERROR: {} in {}",
                    error.error, error.operator
                );
                machine.complain(PCL_XL_ERROR, &words);
            }
            // A UEL in the middle is how a sender gives up a job.
            Err(pcl_xl::Error::Io(e))
                if e.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(pcl_xl::Error::Io(error)) => return Err(error),
        }
        wire.until_uel(|_| Ok(()))
    }

    fn postscript(&mut self) -> io::Result<()> {
        let Connection { wire, machine, id, job, .. } = self;
        let Some(job) = job else { return Ok(()) };
        let (mut file, path) = postscript::spool_file(&machine.folder())?;
        let mut spooled = 0;
        wire.until_uel(|bytes| {
            machine.gate()?;
            spooled += bytes.len() as u64;
            if spooled > LONGEST_DOCUMENT {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            file.write_all(bytes)
        })?;
        drop(file);
        let mut back = false;
        let outcome =
            postscript::render(machine, &path.0, |mut page: Page| {
                if job.duplex {
                    page.side = if back { Side::Back } else { Side::Front };
                    back = !back;
                }
                machine.print(&page, *id, &job.printing, &mut job.pages)
            })?;
        if let Err(words) = outcome {
            machine.complain(NOT_INTERPRETED, &words);
        }
        Ok(())
    }

    /// Prints the further copies, says that the job is done, and lets the
    /// next one have the engine.
    fn end_job(&mut self) -> io::Result<()> {
        let Some(job) = &mut self.job else { return Ok(()) };
        if job.turn.is_none() && !job.framed {
            self.job = None;
            return Ok(());
        }
        let originals = job.pages.clone();
        for _ in 1..job.copies {
            for page in &originals {
                self.machine.print_copy(page, &mut job.pages)?;
            }
        }
        let (tag, pages) = (&job.tag, job.pages.len());
        let ended = format!("END\r\nNAME=\"{tag}\"\r\nPAGES={pages}\r\n");
        match job.turn.take() {
            Some(turn) => turn.end(&ended),
            None => {
                // A job of nothing.
                let started = format!("START\r\nNAME=\"{tag}\"\r\n");
                self.machine.say_of_job(&started);
                self.machine.say_of_job(&ended);
            }
        }
        self.job = None;
        self.timer.set_read_timeout(None)
    }

    /// The connection is over: what is left of a job is dropped.
    fn give_up(&mut self) {
        // Its own sender is gone, or is not to be told.
        self.machine.listen(self.id, |ear| ear.job = false);
        if let Some(Job { turn: Some(turn), tag, .. }) = self.job.take() {
            turn.end(&format!("CANCELED\r\nNAME=\"{tag}\"\r\n"));
        }
    }
}
