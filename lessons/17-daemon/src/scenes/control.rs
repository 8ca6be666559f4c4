//! What an administrator does with a daemon: starts it, asks it, sends it
//! signals, and reads its log.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::{env, fs};

use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;
use tempfile::TempDir;
use tls::{Trust, own_certificate_file};

/// A grid that runs as a process of its own.
pub struct Grid {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    /// `HOST:PORT`, where it listens.
    address: String,
    folder: TempDir,
}

/// The signals that an administrator sends.
#[derive(Clone, Copy)]
pub enum Signal {
    /// SIGTERM: end in order.
    Terminate,
    /// SIGHUP: read the configuration again.
    Hangup,
}

impl Grid {
    /// Starts a grid with this configuration file and these further flags.
    /// Returns when it can be asked.
    pub fn start(file: &str, flags: &[&str]) -> Result<Grid, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("grid.toml"), file)?;
        let mut child = command(&folder)?
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or("a pipe for its errors")?;
        let stdout = child.stdout.take().ok_or("a pipe for its output")?;

        // Its first line is `page: http://HOST:PORT/?token=…`.
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let (_, link) = line.split_once("http://").ok_or("no link")?;
        let (address, _) = link.split_once('/').ok_or("no address")?;
        let address = address.to_owned();

        let log = BufReader::new(stderr).lines();
        let mut grid = Grid { child, log, address, folder };
        grid.wait_for_log("ready at")?;
        Ok(grid)
    }

    /// The configuration file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("grid.toml")
    }

    /// Sends a request such as `GET /healthz`, with the key, and returns the
    /// whole answer.
    pub fn request(&self, request: &str) -> io::Result<String> {
        self.exchange(TcpStream::connect(&self.address)?, request)
    }

    /// The same over TLS, for a server of this name, whose certificate is the
    /// one in the file `trusted`.
    pub fn request_over_tls(
        &self,
        request: &str,
        trusted: &Path,
        name: &str,
    ) -> io::Result<String> {
        let trust = Trust::Only(trusted.to_owned());
        let config = Arc::new(trust.config().map_err(io::Error::other)?);
        let name = name.to_owned().try_into().map_err(io::Error::other)?;
        let connection = ClientConnection::new(config, name);
        let connection = connection.map_err(io::Error::other)?;
        let stream = TcpStream::connect(&self.address)?;
        self.exchange(StreamOwned::new(connection, stream), request)
    }

    /// The grid's own certificate.
    pub fn certificate(&self) -> PathBuf {
        own_certificate_file(&self.folder.path().join("data"))
    }

    fn exchange(
        &self,
        mut stream: impl Read + Write,
        request: &str,
    ) -> io::Result<String> {
        let key = self.folder.path().join("data").join("key");
        let key = fs::read_to_string(key)?;
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            self.address,
            key.trim()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Sends a signal, as `kill` and the service manager do.
    #[cfg(unix)]
    pub fn signal(&self, signal: Signal) -> Result<(), Box<dyn Error>> {
        use rustix::process::{Pid, kill_process};
        let signal = match signal {
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::Hangup => rustix::process::Signal::HUP,
        };
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// There are none outside of Unix.
    #[cfg(not(unix))]
    pub fn signal(&self, _: Signal) -> Result<(), Box<dyn Error>> {
        Err("this system has no signals; try `lesson17 serve`".into())
    }

    /// Reads the log up to a line that contains `text`, and returns that
    /// line's level and message.
    pub fn wait_for_log(
        &mut self,
        text: &str,
    ) -> Result<String, Box<dyn Error>> {
        for line in self.log.by_ref() {
            let line: Value = serde_json::from_str(&line?)?;
            let message = line["message"].as_str().unwrap_or_default();
            if message.contains(text) {
                let folder = format!("{}/", self.folder.path().display());
                let message = message.replace(&folder, "");
                let level = line["level"].as_str().unwrap_or_default();
                return Ok(format!("{level} {message}"));
            }
        }
        Err(format!("the log ended without {text:?}").into())
    }

    /// Waits for the end of the process and returns its exit code.
    pub fn wait(mut self) -> io::Result<String> {
        let status = self.child.wait()?;
        Ok(status.code().map_or("a signal".to_owned(), |c| c.to_string()))
    }
}

/// The command that starts a grid with its file and data in this folder, on
/// any free port.
pub fn command(folder: &TempDir) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command
        .arg("serve")
        .arg("--config")
        .arg(folder.path().join("grid.toml"))
        .arg("--data")
        .arg(folder.path().join("data"))
        .args(["--listen", "127.0.0.1:0", "--log-format", "json"]);
    Ok(command)
}

/// The status of an answer and its last line.
pub fn brief(answer: &str) -> String {
    let status = answer.lines().next().unwrap_or_default();
    let status = status.trim_start_matches("HTTP/1.1 ");
    let body = answer.lines().last().unwrap_or_default();
    format!("{status}  {body}").trim_end().to_owned()
}
