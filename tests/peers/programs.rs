//! The programs that measure, each run once and asked what it found.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use harness::{program, root};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;

use crate::namespaces::{FAR, Namespaces};
use crate::{Result, apt};

/// Seconds of an iperf3 measurement: those that do not count, and those that
/// do.
const IPERF: (&str, &str) = ("2", "4");
const PORT: u16 = 8700;

/// The address of our server at the far end.
pub fn our_server() -> String {
    format!("http://{FAR}:{PORT}")
}

/// The result of one run of one program, and its cost.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Bits per second.
    pub download: f64,
    pub upload: f64,
    pub bytes_received: f64,
    pub bytes_sent: f64,
    /// Of the whole run.
    pub seconds: f64,
    /// User and system time of the client's process. Programs that run once
    /// for each direction have two.
    pub processor: Processor,
    pub flows: usize,
}

#[derive(Clone, Copy, Debug)]
pub enum Processor {
    Both(f64),
    Each { download: f64, upload: f64 },
}

impl Processor {
    pub fn seconds(self) -> f64 {
        match self {
            Processor::Both(seconds) => seconds,
            Processor::Each { download, upload } => download + upload,
        }
    }
}

/// Where the programs are.
pub struct Programs {
    ours: PathBuf,
    python: PathBuf,
    script: PathBuf,
}

/// The servers at the far end.
pub struct Servers {
    /// Each time iperf3's is ready for a client: it takes one at a time.
    iperf: Receiver<()>,
}

impl Programs {
    /// Builds ours, installs the others where they are missing.
    pub fn find() -> Result<Programs> {
        apt::need("ip", "iproute2")?;
        apt::need("iperf3", "iperf3")?;
        apt::need("ping", "iputils-ping")?;
        let script = root().join("tests/peers/speed.py");
        Ok(Programs { ours: program("lesson22"), python: python()?, script })
    }

    /// Starts the servers at the far end: that of iperf3 and, for everybody
    /// else, ours.
    pub fn serve(&self, at: &Namespaces, ours: bool) -> Result<Servers> {
        let mut iperf = at.far("iperf3");
        iperf.args(["-s", "--forceflush"]);
        let iperf = start(&mut iperf, "listening")?;
        if ours {
            let mut ours = at.far(path(&self.ours)?);
            let listen = format!("{FAR}:{PORT}");
            ours.args(["serve", "--listen", &listen]);
            let ready = start(&mut ours, FAR)?;
            wait_for(&ready, "our server")?;
        }
        Ok(Servers { iperf })
    }

    pub fn ours(&self, at: &Namespaces) -> Result<Reading> {
        let mut command = self.our_client("lesson22", at)?;
        let (said, seconds, processor) = timed(&mut command)?;
        Ok(Reading {
            download: number(&said, "/download_bps")?,
            upload: number(&said, "/upload_bps")?,
            bytes_received: number(&said, "/bytes_received")?,
            bytes_sent: number(&said, "/bytes_sent")?,
            seconds,
            processor: Processor::Both(processor),
            flows: number(&said, "/flows")? as usize,
        })
    }

    /// A client of ours, not started yet.
    pub fn our_client(&self, name: &str, at: &Namespaces) -> Result<Command> {
        let mut command = client(at, path(&program(name))?);
        command.args(["--server", &our_server(), "--json"]);
        Ok(command)
    }

    /// `pyspeedtest` or `speedtest-cli`.
    pub fn python(&self, name: &str, at: &Namespaces) -> Result<Reading> {
        let mut command = client(at, path(&self.python)?);
        let server = format!("{FAR}:{PORT}");
        command.arg(&self.script).args([name, &server]);
        let (said, seconds, processor) = timed(&mut command)?;
        Ok(Reading {
            download: number(&said, "/download")?,
            upload: number(&said, "/upload")?,
            bytes_received: number(&said, "/bytes_received")?,
            bytes_sent: number(&said, "/bytes_sent")?,
            seconds,
            processor: Processor::Both(processor),
            flows: 2,
        })
    }

    pub fn iperf(
        &self,
        flows: usize,
        at: &Namespaces,
        servers: &Servers,
    ) -> Result<Reading> {
        self.iperf_for(flows, at, servers, IPERF)
    }

    /// The same for other numbers of seconds: those that do not count, and
    /// those that do.
    pub fn iperf_for(
        &self,
        flows: usize,
        at: &Namespaces,
        servers: &Servers,
        (omitted, counted): (&str, &str),
    ) -> Result<Reading> {
        let one = |direction: &[&str]| {
            wait_for(&servers.iperf, "iperf3's server")?;
            let mut command = client(at, "iperf3");
            command
                .args(["-c", FAR, "-J", "-O", omitted, "-t", counted, "-P"])
                .arg(flows.to_string())
                .args(direction);
            let (said, seconds, processor) = timed(&mut command)?;
            let rate = number(&said, "/end/sum_received/bits_per_second")?;
            // All of them, with the seconds that do not count.
            let intervals = said["intervals"].as_array();
            let bytes: f64 = intervals
                .into_iter()
                .flatten()
                .filter_map(|interval| interval["sum"]["bytes"].as_f64())
                .sum();
            Result::Ok((rate, bytes, seconds, processor))
        };
        let download = one(&["-R"])?;
        let upload = one(&[])?;
        Ok(Reading {
            download: download.0,
            upload: upload.0,
            bytes_received: download.1,
            bytes_sent: upload.1,
            seconds: download.2 + upload.2,
            processor: Processor::Each {
                download: download.3,
                upload: upload.3,
            },
            flows,
        })
    }
}

/// A program at the near end that is ended when it takes very long.
fn client(at: &Namespaces, program: &str) -> Command {
    let mut command = at.near("timeout");
    command.args(["120", program]);
    command
}

/// Runs a program, reads the JSON that it prints, and tells how long it took
/// and how many seconds of a processor.
fn timed(command: &mut Command) -> Result<(Value, f64, f64)> {
    let used = children()?;
    let start = Instant::now();
    let output = command.output()?;
    let seconds = start.elapsed().as_secs_f64();
    let processor = children()? - used;
    Ok((json(&output, command)?, seconds, processor.as_secs_f64()))
}

/// The JSON that a program printed.
pub fn json(output: &Output, command: &Command) -> Result<Value> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let said: Option<Value> = serde_json::from_str(&stdout).ok();
    match said {
        Some(said) if output.status.success() => Ok(said),
        _ => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let status = output.status;
            Err(format!("{command:?}: {status}\n{stdout}{stderr}").into())
        }
    }
}

/// The processor time of all programs that were waited for.
fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let times = [usage.user_time(), usage.system_time()];
    let microseconds: i64 = times
        .iter()
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
        .sum();
    Ok(Duration::from_micros(microseconds.unsigned_abs()))
}

pub fn number(said: &Value, key: &str) -> Result<f64> {
    said.pointer(key)
        .and_then(Value::as_f64)
        .ok_or_else(|| format!("no number {key} in {said}").into())
}

/// Starts a server; something is received each time it says `ready`.
fn start(command: &mut Command, ready: &'static str) -> Result<Receiver<()>> {
    let mut server = command.stdout(Stdio::piped()).spawn()?;
    let stdout = server.stdout.take().expect("a pipe");
    let (sender, said) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(|line| line.ok());
        for _ in lines.filter(|line| line.contains(ready)) {
            // When nobody waits any more, it is still read, so that the
            // server is not held up.
            let _ = sender.send(());
        }
        let _ = server.wait();
    });
    Ok(said)
}

fn wait_for(ready: &Receiver<()>, name: &str) -> Result<()> {
    let said = ready.recv_timeout(Duration::from_secs(20));
    said.map_err(|_| format!("{name} does not start").into())
}

/// A Python of our own with the two programs in it.
fn python() -> Result<PathBuf> {
    let here = env::current_exe()?;
    let target = here.ancestors().nth(3).ok_or("a program in /")?;
    let folder = target.join("speed-peers");
    let python = folder.join("bin/python");
    let has_both = |python: &Path| {
        let words = ["-c", "import pyspeedtest, speedtest"];
        let asked = Command::new(python).args(words).output();
        asked.is_ok_and(|output| output.status.success())
    };
    if !has_both(&python) {
        println!("installing pyspeedtest and speedtest-cli");
        let mut venv = Command::new("python3");
        let made = made_well(venv.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet"])
            .args(["pyspeedtest==1.2.7", "speedtest-cli==2.1.3"]);
        if !made || !made_well(&mut pip)? || !has_both(&python) {
            return Err("cannot install them: see `python3 -m venv` and pip; \
                        on Debian, apt install python3-venv"
                .into());
        }
    }
    Ok(python)
}

fn made_well(command: &mut Command) -> Result<bool> {
    let status = command.status();
    Ok(status.map_err(|error| format!("{command:?}: {error}"))?.success())
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{path:?} is not text").into())
}
