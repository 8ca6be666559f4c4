//! The printer of the measurements: a listener that takes bytes as fast as they
//! come, and notes when the last one arrived.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Documents up to this size are kept, so that they can be compared.
const KEPT: usize = 1 << 20;

/// A printer to which each connection is a job.
pub struct Sink {
    pub address: SocketAddr,
    jobs: Receiver<Job>,
}

/// What came over one connection.
pub struct Job {
    pub bytes: u64,
    pub first_byte: Instant,
    pub last_byte: Instant,
    start: Vec<u8>,
}

impl Sink {
    pub fn open() -> io::Result<Sink> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (done, jobs) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let done = done.clone();
                thread::spawn(move || take(stream, &done));
            }
        });
        Ok(Sink { address, jobs })
    }

    /// Waits for the next job that has ended. A connection without a byte, such
    /// as one that asks whether the printer is there, is not a job.
    pub fn job(&self) -> Result<Job, String> {
        let job = self.jobs.recv_timeout(Duration::from_secs(60));
        job.map_err(|_| "no job reached the printer in 60 s".into())
    }
}

impl Job {
    /// Whether `document` was printed whole, whatever frame is around it.
    pub fn contains(&self, document: &[u8]) -> bool {
        self.start.windows(document.len()).any(|part| part == document)
    }
}

fn take(mut stream: TcpStream, done: &Sender<Job>) {
    let mut buffer = vec![0; 256 * 1024];
    let (mut bytes, mut start) = (0, Vec::new());
    let mut first_byte = None;
    let mut last_byte = Instant::now();
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        last_byte = Instant::now();
        first_byte.get_or_insert(last_byte);
        bytes += count as u64;
        if start.len() + count <= KEPT {
            start.extend_from_slice(&buffer[..count]);
        }
    }
    if let Some(first_byte) = first_byte {
        let _ = done.send(Job { bytes, first_byte, last_byte, start });
    }
}
