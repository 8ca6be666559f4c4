//! What an administrator does: start, ask, write to the file, send signals,
//! read the log.

use rustix::process::{Pid, Signal, kill_process};
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Lines, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use tempfile::TempDir;

/// A grid that runs as a process of its own.
pub struct Grid {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    /// The one-time link that it printed.
    pub link: String,
    pub folder: TempDir,
}

impl Grid {
    /// Starts one with this configuration and these flags; returns when it
    /// can be asked.
    pub fn start(file: &str, flags: &[&str]) -> Result<Grid, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("grid.toml"), file)?;
        let mut child = command(&folder)?
            .args(flags)
            .args(["--log-format", "json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or("a pipe for its errors")?;
        let stdout = child.stdout.take().ok_or("a pipe for its output")?;
        let mut link = String::new();
        BufReader::new(stdout).read_line(&mut link)?;
        let link = link.trim().trim_start_matches("page: ").to_owned();
        let log = BufReader::new(stderr).lines();
        let mut grid = Grid { child, log, link, folder };
        grid.wait_for("ready at")?;
        Ok(grid)
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("grid.toml")
    }

    pub fn key(&self) -> io::Result<String> {
        let key = self.folder.path().join("data").join("key");
        Ok(fs::read_to_string(key)?.trim().to_owned())
    }

    /// Sends a request with these further lines, and returns the answer.
    pub fn ask(&self, what: &str, lines: &[&str]) -> io::Result<String> {
        let address = self.link.trim_start_matches("http://");
        let address = address.split('/').next().unwrap_or_default();
        let mut stream = TcpStream::connect(address)?;
        let lines: String =
            lines.iter().map(|line| format!("{line}\r\n")).collect();
        write!(
            stream,
            "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: 0\r\n{lines}\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        stream.shutdown(Shutdown::Both)?;
        Ok(answer)
    }

    /// The same for one who has the key.
    pub fn ask_with_key(&self, what: &str) -> io::Result<String> {
        let key = format!("Authorization: Bearer {}", self.key()?);
        self.ask(what, &[&key])
    }

    /// Sends a signal, as `kill` and the service manager do.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Reads the log up to a line with these words, and returns its message.
    pub fn wait_for(&mut self, words: &str) -> Result<String, Box<dyn Error>> {
        for line in self.log.by_ref() {
            let line: serde_json::Value = serde_json::from_str(&line?)?;
            let message = line["message"].as_str().unwrap_or_default();
            if message.contains(words) {
                let folder = format!("{}/", self.folder.path().display());
                let level = line["level"].as_str().unwrap_or_default();
                let message = message.replace(&folder, "");
                return Ok(format!("{level} {message}"));
            }
        }
        Err(format!("the log ended without {words:?}").into())
    }

    /// Waits for its end.
    pub fn end(mut self) -> io::Result<String> {
        let status = self.child.wait()?;
        Ok(status.code().map_or("a signal".to_owned(), |c| c.to_string()))
    }
}

/// The command that starts a grid with its file and data in this folder.
pub fn command(folder: &TempDir) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve");
    command.arg("--config").arg(folder.path().join("grid.toml"));
    command.arg("--data").arg(folder.path().join("data"));
    Ok(command)
}

/// The first line of an answer, and the last.
pub fn brief(answer: &str) -> String {
    let status = answer.lines().next().unwrap_or_default();
    let status = status.trim_start_matches("HTTP/1.1 ");
    let body = answer.lines().last().unwrap_or_default();
    format!("{status}  {body}").trim_end().to_owned()
}
