//! A program that runs beside a test, and the lines that it prints.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;

/// How long a program may take to say what a test waits for. Generous: it is
/// only ever reached by a test that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs beside the test. Dropped, it is killed.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Running {
    /// Starts the command and listens to its standard output and error.
    pub fn start(command: &mut Command) -> Running {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{:?} does not start: {error}", command.get_program())
            });
        let (sender, lines) = channel();
        listen(child.stdout.take(), sender.clone());
        listen(child.stderr.take(), sender);
        Running { child, lines, heard: Vec::new() }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the next line that matches the regular expression `pattern`
    /// and returns its first group, or the whole line if it has none.
    ///
    /// # Panics
    /// With all that the program said, if it ends without such a line or does
    /// not say it within a minute.
    pub fn wait_for_line(&mut self, pattern: &str) -> String {
        let wanted = Regex::new(pattern).expect("a regular expression");
        let deadline = Instant::now() + PATIENCE;
        while let Some(line) = self.next_line(deadline, pattern) {
            if let Some(found) = wanted.captures(&line) {
                let part = found.get(1).or(found.get(0));
                return part.map_or(line.clone(), |m| m.as_str().to_owned());
            }
        }
        panic!(
            "the program ended without a line like {pattern:?}; it said\n{}",
            self.heard.join("\n")
        );
    }

    /// Waits for the program's end and returns how it ended.
    ///
    /// # Panics
    /// If it has not ended within a minute.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.next_line(deadline, "its end").is_some() {}
        self.child.wait().expect("a child can be waited for")
    }

    /// All lines that were read so far.
    pub fn heard(&self) -> &[String] {
        &self.heard
    }

    /// Kills the program without a warning, as `kill -9` does.
    pub fn kill(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks the program to end, as `systemctl stop` does (SIGTERM).
    #[cfg(unix)]
    pub fn terminate(&self) {
        let asked = Command::new("kill").arg(self.id().to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill failed");
    }

    /// The next line, or `None` when both streams have ended.
    fn next_line(&mut self, deadline: Instant, wanted: &str) -> Option<String> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => {
                self.heard.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!(
                "waited {PATIENCE:?} for {wanted:?}; the program said\n{}",
                self.heard.join("\n")
            ),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends each line of `stream` on, from a thread of its own.
fn listen(stream: Option<impl Read + Send + 'static>, lines: Sender<String>) {
    let stream = stream.expect("the stream was asked for");
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r').to_owned();
            if lines.send(line).is_err() {
                break;
            }
        }
    });
}
