//! Our print server, as a person would start it, with raw jobs allowed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::Result;
use crate::http::Connection;

/// A running `print-server`, ended on drop.
pub struct Ours {
    pub address: SocketAddr,
    pub started_in: Duration,
    key: String,
    server: Child,
}

const BOUNDARY: &str = "a-line-that-no-document-holds";

impl Ours {
    /// Builds it for release, and starts it with its data in `folder`.
    pub fn start(folder: &Path, printer: SocketAddr) -> Result<Self> {
        let cargo = env::var("CARGO").unwrap_or("cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--release", "--bin", "print-server"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()?;
        if !status.success() {
            return Err("print-server does not build".into());
        }

        // This program is in target/release/deps.
        let here = env::current_exe()?;
        let release = here.ancestors().nth(2).ok_or("a program in /")?;
        let program = release.join("print-server");
        let start = Instant::now();
        let mut server = Command::new(&program)
            .args(["--listen", "127.0.0.1:0", "--allow-raw"])
            .args(["--printer", &format!("tcp://{printer}?replies=no")])
            .args(["--queue", "sqlite", "--data"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;

        // Its first lines say where it listens; the others are thrown away.
        let stdout = server.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(stdout).lines();
        let address =
            lines.by_ref().map_while(|line| line.ok()).find_map(|l| {
                let (_, rest) = l.split_once("http://")?;
                rest.split(['/', '?', ' ']).next()?.parse().ok()
            });
        let started_in = start.elapsed();
        thread::spawn(move || lines.for_each(drop));
        let address = address.ok_or("print-server did not say its address")?;
        // The key that it made at its first start.
        let key = fs::read_to_string(folder.join("key")).unwrap_or_default();
        Ok(Ours { address, started_in, key, server })
    }

    /// Process id of the server.
    pub fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Sends a document as `POST /api/jobs` with `format=raw`.
    pub fn print(
        &self,
        connection: &mut Connection,
        document: &[u8],
    ) -> Result<()> {
        let fields = format!(
            "Authorization: Bearer {}\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n",
            self.key.trim()
        );
        let head = format!(
            "--{BOUNDARY}\r\n\
             Content-Disposition: form-data; name=\"format\"\r\n\r\nraw\r\n\
             --{BOUNDARY}\r\n\
             Content-Disposition: form-data; name=\"file\"; \
             filename=\"lease.pdf\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), document, tail.as_bytes()];
        match connection.post("/api/jobs", &fields, &body)? {
            (201, _) => Ok(()),
            (status, reply) => {
                let reply = String::from_utf8_lossy(&reply);
                Err(format!("print-server: {status}, {reply}").into())
            }
        }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let pid = self.pid().to_string();
        let _ = Command::new("kill").arg(pid).status(); // SIGTERM
        let _ = self.server.wait();
    }
}
