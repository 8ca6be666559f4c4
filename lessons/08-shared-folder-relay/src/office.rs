//! The office of Version 1: Redis, a shared folder, a printer, and the two
//! programs that use them. The client is `copy` and `announce`, the server is
//! `print_waiting`.

use std::{
    error::Error,
    fs, io,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use redis::{Commands, Connection};
use tempfile::TempDir;

use crate::document::{Document, Paper};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Redis, the folder and the tray, all empty at the start.
pub struct Office {
    redis: Connection,
    /// Where the client sees the shared folder.
    pub folder: PathBuf,
    url: String,
    printer: SocketAddr,
    tray: Receiver<Paper>,
    _temporary: TempDir,
}

impl Office {
    pub fn open(url: String) -> Result<Self> {
        let mut redis = connect(&url)?;
        // What Redis answers says nothing here: it is read as `()`.
        let _: () = redis::cmd("FLUSHDB").query(&mut redis)?;
        let temporary = tempfile::tempdir()?;
        let folder = temporary.path().join("print");
        fs::create_dir(&folder)?;
        let (printer, tray) = printer()?;
        Ok(Self { redis, folder, url, printer, tray, _temporary: temporary })
    }

    /// A server that sees the same folder, with a connection of its own.
    pub fn server(&self) -> Result<Server> {
        let (redis, folder) = (connect(&self.url)?, self.folder.clone());
        Ok(Server { redis, folder, printer: self.printer })
    }

    // ANCHOR: client
    /// The client's first half: the file goes into the shared folder.
    pub fn copy(&self, document: &Document) -> io::Result<()> {
        fs::write(self.folder.join(&document.name), &document.text)
    }

    /// The client's other half: what the server must know goes into Redis.
    /// False if a job of that name was waiting already.
    pub fn announce(&mut self, document: &Document) -> Result<bool> {
        let facts = [("user", document.user), ("printed_status", "NO")];
        let _: () = self.redis.hset_multiple(&document.name, &facts)?;
        Ok(self.redis.sadd("File_Queue", &document.name)?)
    }
    // ANCHOR_END: client

    /// A number that no other job has.
    pub fn next_number(&mut self) -> Result<u64> {
        Ok(self.redis.incr("Job_Number", 1)?)
    }

    /// What the hash of this file says under `field`.
    pub fn fact(&mut self, name: &str, field: &str) -> Result<String> {
        Ok(self.redis.hget(name, field)?)
    }

    /// Waits for the next document in the printer's tray.
    pub fn paper(&self) -> Result<Paper> {
        let paper = self.paper_within(Duration::from_secs(10));
        paper.ok_or_else(|| "the printer printed nothing in 10 s".into())
    }

    pub fn paper_within(&self, time: Duration) -> Option<Paper> {
        self.tray.recv_timeout(time).ok()
    }
}

/// The server of Version 1, on the other side of the folder.
pub struct Server {
    redis: Connection,
    /// Where the server sees the shared folder.
    pub folder: PathBuf,
    printer: SocketAddr,
}

impl Server {
    // ANCHOR: server
    /// Looks into Redis once and prints what waits there; returns how many
    /// documents that were.
    pub fn print_waiting(&mut self) -> Result<usize> {
        let waiting: Vec<String> = self.redis.smembers("File_Queue")?;
        for name in &waiting {
            // Like the original, it starts the printing and does not ask
            // what became of it.
            let _ = self.print(&self.folder.join(name));
            let _: () = self.redis.hset(name, "printed_status", "YES")?;
            let _: () = self.redis.srem("File_Queue", name)?;
        }
        Ok(waiting.len())
    }

    fn print(&self, file: &Path) -> io::Result<()> {
        let bytes = fs::read(file)?;
        TcpStream::connect(self.printer)?.write_all(&bytes)
    }
    // ANCHOR_END: server
}

fn connect(url: &str) -> Result<Connection> {
    Ok(redis::Client::open(url)?.get_connection()?)
}

/// A stand-in for the printer: a connection is a document.
fn printer() -> io::Result<(SocketAddr, Receiver<Paper>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (tray, papers) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut text = String::new();
            let read = stream.and_then(|mut s| s.read_to_string(&mut text));
            if read.is_err() || tray.send(Paper(text)).is_err() {
                break;
            }
        }
    });
    Ok((address, papers))
}
