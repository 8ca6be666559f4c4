//! A probe, as a process of its own: it can be killed as by `kill -9`.
//!
//! It reads moments from its standard input. At each of them it measures, and
//! says so once the result is on its disk. So an hour takes no longer than the
//! lesson wants it to.

use std::io::{BufRead, BufReader, Lines, Write, stdin};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use history::Sample;
use remote_probe::{Line, MonitorClient, PlaceKey, SharedClock, Unsent, send};
use tls::Trust;
use tokio::runtime::Runtime;

use super::monitor::Monitor;
use crate::Result;

/// What is measured.
pub const TARGET: &str = "web site";
/// The first moment: a Tuesday in 2026, at ten (UTC).
pub const TEN_O_CLOCK: i64 = 1_795_514_400_000;

/// A probe that runs, seen from the lesson.
pub struct Probe {
    child: Child,
    moments: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
    measured: i64,
}

impl Probe {
    /// Starts one with its queue in `folder`.
    pub fn start(
        monitor: &Monitor,
        line: &Line,
        folder: &Path,
    ) -> Result<Probe> {
        let key = folder.join("key");
        monitor.write_key(&key)?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["probe", &format!("http://{}", line.address())])
            .args([key.as_path(), folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let moments = child.stdin.take().ok_or("no standard input")?;
        let said = child.stdout.take().ok_or("no standard output")?;
        Ok(Probe {
            child,
            moments,
            said: BufReader::new(said).lines(),
            folder: folder.to_owned(),
            measured: 0,
        })
    }

    /// Lets so many seconds pass: in each of them it measures once.
    pub fn measure(&mut self, seconds: i64) -> Result<()> {
        for _ in 0..seconds {
            // In the middle of a second.
            let at = TEN_O_CLOCK + self.measured * 1_000 + 500;
            writeln!(self.moments, "{at}")?;
            self.said.next().ok_or("the probe has ended")??;
            self.measured += 1;
        }
        Ok(())
    }

    /// How often it has measured.
    pub fn measured(&self) -> i64 {
        self.measured
    }

    /// Kills it. It is told nothing, and says nothing.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again on the same queue.
    pub fn again(self, monitor: &Monitor, line: &Line) -> Result<Probe> {
        let again = Probe::start(monitor, line, &self.folder)?;
        Ok(Probe { measured: self.measured, ..again })
    }
}

// ANCHOR: run
/// The probe itself: `lesson29 probe URL KEY-FILE FOLDER`, and a file with the
/// monitor's certificate if it speaks TLS.
pub fn run(mut words: impl Iterator<Item = String>) -> Result<()> {
    let mut word = || words.next().ok_or("a word is missing");
    let address = word()?;
    let key = PlaceKey::read(Path::new(&word()?))?;
    let unsent = Arc::new(Unsent::open(Path::new(&word()?))?);
    let trust = match word() {
        Ok(file) => Trust::Only(file.into()),
        Err(_) => Trust::System,
    };
    let clock = SharedClock::default();

    // Beside the measuring, for as long as this process lives: whatever is in
    // the queue is sent.
    let runtime = Runtime::new()?;
    let monitor = MonitorClient::new(&address, &key, &trust)?;
    runtime.spawn(send(unsent.clone(), monitor, clock, |_| {}));

    for moment in stdin().lines() {
        let sample = measure(moment?.parse()?);
        unsent.keep(None, vec![sample])?;
        println!("kept");
    }
    Ok(())
}
// ANCHOR_END: run

/// A made-up result: one of 97 is lost.
fn measure(at: i64) -> Sample {
    let second = at / 1_000 % 97;
    let lost = second == 13;
    let value = (!lost).then_some(second as f64);
    let mut sample = Sample::new(at, "ping", TARGET, value);
    sample.error = lost.then(|| "no answer".to_owned());
    sample
}
