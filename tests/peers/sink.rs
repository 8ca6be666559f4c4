//! The printer of the measurements: takes bytes as fast as they come, and
//! notes when the last one arrived.

use std::{
    io::{self, Read},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

/// Documents up to this size are kept, so that they can be compared.
const KEPT: usize = 1 << 20;

/// A listener; a connection is a job.
pub struct Sink {
    pub address: SocketAddr,
    jobs: Receiver<Job>,
}

/// One job, as its connection brought it.
pub struct Job {
    pub bytes: u64,
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

    /// Waits for the next job that has ended. An empty connection, such as
    /// one that asks whether the printer is there, is none.
    pub fn job(&self) -> Result<Job, String> {
        let job = self.jobs.recv_timeout(Duration::from_secs(60));
        job.map_err(|_| "no job reached the printer in 60 s".into())
    }
}

impl Job {
    /// True if `document` was printed whole, whatever frame is around it.
    pub fn contains(&self, document: &[u8]) -> bool {
        self.start.windows(document.len()).any(|part| part == document)
    }
}

fn take(mut stream: TcpStream, done: &Sender<Job>) {
    let mut buffer = vec![0; 256 * 1024];
    let (mut bytes, mut start) = (0, Vec::new());
    let mut last_byte = Instant::now();
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        last_byte = Instant::now();
        bytes += count as u64;
        if start.len() + count <= KEPT {
            start.extend_from_slice(&buffer[..count]);
        }
    }
    if bytes > 0 {
        let _ = done.send(Job { bytes, last_byte, start });
    }
}
