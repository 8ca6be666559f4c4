//! LPD, the line printer daemon protocol (RFC 1179): the second way to a
//! printer.
//!
//! It is older than PJL, and says less: which queue, whose job, how many bytes.
//! The printer acknowledges each step with a zero byte, the last when it has
//! the whole job, and never says what becomes of it.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::connection::{Connection, Deadlines, is_timeout};
use crate::job_state::SharedState;
use crate::ticket::{JobTicket, safe};
use crate::{Address, Error};

/// What we call ourselves. The name of this machine is nobody's affair.
const HOST: &str = "print-server";
/// The longest names in a control file (RFC 1179, section 7).
const LONGEST_USER: usize = 31;
const LONGEST_JOB: usize = 99;
const LONGEST_SOURCE: usize = 131;
/// The most bytes that one system call sends.
const CHUNK: usize = 256 * 1024;

/// A job on its way by LPD. Its length is said before its first byte, so it is
/// collected first, in a file without a name.
#[derive(Debug)]
pub(crate) struct LpdJob {
    queue: String,
    collected: File,
    length: u64,
    control: Vec<u8>,
    /// The number in its files' names, 0 to 999.
    number: u32,
}

impl LpdJob {
    pub fn new(queue: &str, ticket: &JobTicket) -> io::Result<LpdJob> {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed) % 1000;
        Ok(LpdJob {
            queue: queue.to_owned(),
            collected: tempfile::tempfile()?,
            length: 0,
            control: control_file(ticket, number),
            number,
        })
    }

    /// Collects the next bytes of the job.
    pub fn collect(&mut self, data: &[u8]) -> io::Result<()> {
        self.collected.write_all(data)?;
        self.length += data.len() as u64;
        Ok(())
    }

    // ANCHOR: send
    /// Sends the job: the queue's name, the control file, the data file.
    pub fn send(
        &mut self,
        address: &Address,
        deadlines: Deadlines,
        shared: &SharedState,
    ) -> Result<(), Error> {
        let number = self.number;
        let mut lpd = Conversation::open(address, deadlines, shared)?;
        lpd.ask(&format!("\x02{}\n", self.queue), "jobs for this queue")?;

        let length = self.control.len();
        let file = format!("\x02{length} cfA{number:03}{HOST}\n");
        lpd.ask(&file, "a control file")?;
        lpd.write(&self.control)?;
        lpd.ask("\0", "this control file")?;

        let length = self.length;
        let file = format!("\x03{length} dfA{number:03}{HOST}\n");
        lpd.ask(&file, "a data file")?;
        self.collected.rewind().map_err(|error| lpd.broken(error))?;
        let mut chunk = vec![0; CHUNK];
        let mut left = length;
        while left > 0 {
            let count = (CHUNK as u64).min(left) as usize;
            let read = self.collected.read_exact(&mut chunk[..count]);
            read.map_err(|error| lpd.broken(error))?;
            lpd.write(&chunk[..count])?;
            // What goes before the data prints nothing.
            shared.lock().taken(count);
            left -= count as u64;
        }
        lpd.ask("\0", "this data file")
    }
    // ANCHOR_END: send
}

/// Asks whether the queue takes jobs, and sends none.
pub(crate) fn check_queue(
    address: &Address,
    queue: &str,
    deadlines: Deadlines,
) -> Result<(), Error> {
    let shared = SharedState::default();
    let mut lpd = Conversation::open(address, deadlines, &shared)?;
    lpd.ask(&format!("\x02{queue}\n"), "jobs for this queue")
}

// ANCHOR: control
/// The control file: each line is a letter and its value (RFC 1179, section 7).
/// Names are reduced to what cannot end a line.
fn control_file(ticket: &JobTicket, number: u32) -> Vec<u8> {
    let user = match safe(&ticket.user, LONGEST_USER) {
        user if user.trim().is_empty() => "nobody".to_owned(),
        user => user,
    };
    let job = safe(&ticket.name, LONGEST_JOB);
    let source = safe(&ticket.name, LONGEST_SOURCE);
    format!(
        "H{HOST}\nP{user}\nJ{job}\nldfA{number:03}{HOST}\n\
         UdfA{number:03}{HOST}\nN{source}\n"
    )
    .into_bytes()
}
// ANCHOR_END: control

/// A connection on which each step is acknowledged.
struct Conversation<'a> {
    connection: Connection,
    shared: &'a SharedState,
}

impl<'a> Conversation<'a> {
    fn open(
        address: &Address,
        deadlines: Deadlines,
        shared: &'a SharedState,
    ) -> Result<Conversation<'a>, Error> {
        let connection = Connection::open(address, deadlines)?;
        let silence = Some(deadlines.silence);
        let stream = &connection.stream;
        stream
            .set_read_timeout(silence)
            .and_then(|()| stream.set_write_timeout(silence))
            .map_err(|error| connection.broken(error))?;
        Ok(Conversation { connection, shared })
    }

    /// Sends a line, or the zero byte that ends a file, and waits for the
    /// acknowledgement.
    fn ask(&mut self, line: &str, what: &'static str) -> Result<(), Error> {
        self.write(line.as_bytes())?;
        let mut answer = [0];
        let read = self.connection.stream.read_exact(&mut answer);
        read.map_err(|error| self.broken(error))?;
        match answer {
            [0] => Ok(()),
            [code] => {
                let address = self.connection.address.clone();
                let sent = self.shared.lock().sent;
                Err(Error::Refused { address, what, code, sent })
            }
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        let state = self.shared.lock();
        if state.end.is_some() {
            return Err(state.error(&self.connection.address));
        }
        drop(state);
        let sent = self.connection.stream.write_all(data);
        sent.map_err(|error| self.broken(error))
    }

    fn broken(&self, source: io::Error) -> Error {
        let address = self.connection.address.clone();
        let sent = self.shared.lock().sent;
        if is_timeout(&source) {
            let waited = self.connection.deadlines.silence;
            return Error::Silent { address, waited, sent, pages: 0 };
        }
        Error::Reset { address, sent, pages: 0, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn a_name_stays_on_its_line_of_the_control_file() {
        let nasty = "x\nroot\r\n\0Ué\"";
        let ticket = JobTicket::new(nasty, nasty, Language::PclXl);
        let text = String::from_utf8(control_file(&ticket, 7)).expect("ASCII");
        let letters: String =
            text.lines().filter_map(|line| line.chars().next()).collect();
        assert_eq!(letters, "HPJlUN", "{text}");
        assert!(text.chars().all(|c| matches!(c, '\n' | ' '..='~')), "{text}");
        let long = "n".repeat(500);
        let ticket = JobTicket::new(&long, &long, Language::PclXl);
        let text = String::from_utf8(control_file(&ticket, 7)).expect("ASCII");
        assert!(text.lines().all(|line| line.len() <= 132), "{text}");
        let ticket = JobTicket::new("a", "", Language::PclXl);
        let text = String::from_utf8(control_file(&ticket, 7)).expect("ASCII");
        assert!(text.contains("\nPnobody\n"), "{text}");
    }
}
