//! Clients that take a server's connections and give nothing for them.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Clients of one address that keep their connections as long as they can, and
/// open them again when they are closed.
pub struct Attack {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Attack {
    /// Opens `count` connections, each of which begins with `first`, and says
    /// `more` on each of them now and then. Returns when all were open once.
    pub fn start(
        address: SocketAddr,
        count: usize,
        first: &str,
        more: &'static str,
    ) -> Attack {
        let first = first.to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let open = move || {
            let mut stream = TcpStream::connect(address).ok()?;
            stream.write_all(first.as_bytes()).ok()?;
            stream.set_nonblocking(true).ok()?;
            Some(stream)
        };
        let mut streams: Vec<_> = (0..count).map(|_| open()).collect();
        let attack = move || {
            while !stopped.load(Ordering::Relaxed) {
                for stream in &mut streams {
                    let alive = stream.as_mut().is_some_and(|stream| {
                        is_open(stream)
                            && (more.is_empty()
                                || stream.write_all(more.as_bytes()).is_ok())
                    });
                    if !alive {
                        *stream = open();
                    }
                }
                thread::sleep(Duration::from_millis(500));
            }
        };
        Attack { stop, thread: Some(thread::spawn(attack)) }
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether the server has not closed it. Reads nothing of an answer.
fn is_open(stream: &TcpStream) -> bool {
    match stream.peek(&mut [0]) {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}
