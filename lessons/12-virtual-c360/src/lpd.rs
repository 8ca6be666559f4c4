//! The machine's second port: LPD (RFC 1179), as office printers have it.
//!
//! A job comes as a control file, which says whose it is, and a data file. The
//! data file has PJL of its own, and goes the way of a job that comes to the
//! first port. Nobody is told what becomes of it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::machine::Machine;

/// The queue's name.
const QUEUE: &str = "Print";
/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 1024;
/// The longest control file, in bytes.
const LONGEST_CONTROL: u64 = 64 << 10;
/// The longest data file, in bytes.
const LONGEST_DATA: u64 = 4 << 30;
/// The most connections at once.
const MOST_CONNECTIONS: usize = 16;
/// How long a sender may pause.
const PAUSE: Duration = Duration::from_secs(60);

/// The listening thread.
pub(crate) struct Lpd {
    pub address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Lpd {
    /// Opens the port. Data files are handed to the machine's `first` port.
    pub fn open(
        machine: Arc<Machine>,
        address: SocketAddr,
        first: SocketAddr,
    ) -> io::Result<Lpd> {
        let socket = TcpListener::bind(address)?;
        let address = socket.local_addr()?;
        let thread = thread::Builder::new()
            .name("c360-lpd".into())
            .spawn(move || listen(&machine, &socket, first))?;
        Ok(Lpd { address, thread: Some(thread) })
    }
}

impl Drop for Lpd {
    /// Waits for the thread's end, once the machine is being stopped.
    fn drop(&mut self) {
        // A thread that blocks in `accept` wakes for nothing else.
        let _ = TcpStream::connect_timeout(&self.address, PAUSE);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(machine: &Arc<Machine>, socket: &TcpListener, first: SocketAddr) {
    let open = Arc::new(());
    while let Ok((stream, _)) = socket.accept() {
        if machine.is_stopping() {
            return;
        }
        if !machine.takes_connections()
            || Arc::strong_count(&open) > MOST_CONNECTIONS
        {
            continue;
        }
        let open = Arc::clone(&open);
        // If there is no thread for it, the connection is closed.
        let _ = thread::Builder::new().name("c360-lpd-job".into()).spawn(
            move || {
                // An error is the connection's end.
                let _ = serve(&stream, first);
                drop(open);
            },
        );
    }
}

/// One connection: `\x02QUEUE` (RFC 1179, section 5.2), then files.
fn serve(stream: &TcpStream, first: SocketAddr) -> io::Result<()> {
    stream.set_read_timeout(Some(PAUSE))?;
    stream.set_write_timeout(Some(PAUSE))?;
    let (mut input, mut output) = (BufReader::new(stream), stream);
    let line = read_line(&mut input)?;
    let Some(b"\x02") = line.get(..1) else {
        // Its queue is never long: what is there is printed at once.
        return output.write_all(b"no entries\n");
    };
    if &line[1..] != QUEUE.as_bytes() {
        return output.write_all(&[1]);
    }
    output.write_all(&[0])?;
    loop {
        let line = read_line(&mut input)?;
        let Some((&command, operands)) = line.split_first() else {
            return Ok(());
        };
        let length = operands.split(|byte| *byte == b' ').next();
        let length = length.and_then(|digits| {
            std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
        });
        match (command, length) {
            (2, Some(length @ 0..=LONGEST_CONTROL)) => {
                output.write_all(&[0])?;
                io::copy(&mut (&mut input).take(length), &mut io::sink())?;
            }
            (3, Some(length @ 1..=LONGEST_DATA)) => {
                output.write_all(&[0])?;
                let mut port = TcpStream::connect(first)?;
                let mut data = (&mut input).take(length);
                if io::copy(&mut data, &mut port)? < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                port.shutdown(Shutdown::Write)?;
            }
            // Abort the job: nothing of it is kept.
            (1, _) => {
                output.write_all(&[0])?;
                continue;
            }
            _ => return output.write_all(&[1]),
        }
        // Each file ends with a zero byte.
        let mut end = [1];
        input.read_exact(&mut end)?;
        output.write_all(&end)?;
    }
}

/// A line without its end; empty when there are no more.
fn read_line(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    input.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(line)
}
