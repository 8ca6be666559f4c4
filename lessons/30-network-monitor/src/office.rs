//! The office around the monitor: a service, a telephone, a browser.

use clap::Parser;
use daemon::Daemon;
use daemon::config::ConfigFile;
use history::Sample;
use network_monitor::config::SECTIONS;
use network_monitor::{Options, read, run};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Nobody in this office waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A line of the story. What is long goes on below, for a projector.
pub fn tell(who: &str, words: &str) {
    const WIDTH: usize = 78;
    let mut line = format!("{who:<10}");
    for word in words.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            println!("{line}");
            line = " ".repeat(10);
        }
        line.push(' ');
        line.push_str(word);
    }
    println!("{line}");
}

/// A service that takes connections until it is closed.
pub struct Service {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub fn open() -> Result<Service> {
        Service::open_at(0)
    }

    pub fn open_at(port: u16) -> Result<Service> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = thread::spawn(move || {
            while !told.load(Relaxed) && listener.accept().is_ok() {}
        });
        Ok(Service { port, stop, thread: Some(thread) })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Closes it, and says where it was.
    pub fn close(self) -> u16 {
        self.port
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        // It waits for somebody to come.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Rings when the monitor calls, by webhook.
pub struct Telephone {
    address: SocketAddr,
    calls: Receiver<String>,
}

#[derive(Deserialize)]
struct Call {
    words: String,
}

impl Telephone {
    pub fn open() -> Result<Telephone> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (ring, calls) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let words = answer(stream).unwrap_or_else(|e| e.to_string());
                if ring.send(words).is_err() {
                    return;
                }
            }
        });
        Ok(Telephone { address, calls })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next call, and says what was said.
    pub fn rings(&self) -> Result<String> {
        Ok(self.calls.recv_timeout(PATIENCE)?)
    }
}

/// Takes one POST with JSON.
fn answer(stream: TcpStream) -> Result<String> {
    let mut input = BufReader::new(&stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    (&stream)
        .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")?;
    let Call { words } = serde_json::from_slice(&body)?;
    Ok(words)
}

/// The monitor, in a thread of this program.
pub struct Monitor {
    address: SocketAddr,
    daemon: Daemon,
    thread: JoinHandle<()>,
    // Goes last.
    _folder: TempDir,
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

impl Monitor {
    /// Starts it with this configuration, in a folder of its own.
    pub fn start(configuration: &str) -> Result<Monitor> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("monitor.toml");
        fs::write(&file, configuration)?;
        let file = ConfigFile::read(&file, &[], SECTIONS)?;
        let watch = read(&file)?;
        let data = folder.path().join("data");
        let flags = ["monitor", "--listen=127.0.0.1:0", "--log-level=error"];
        let Arguments { mut options } = Arguments::try_parse_from(flags)?;
        options.daemon.data = Some(data);

        let (tell, started) = channel();
        let thread = thread::spawn(move || {
            let for_daemon = options.daemon.clone();
            Daemon::run("network-monitor", &for_daemon, |daemon| {
                let itself = daemon.clone();
                run(daemon, options, file, watch, move |running| {
                    // The lesson waits for it below.
                    let _ = tell.send((running.address, itself));
                })
            });
        });
        let (address, daemon) = started.recv()?;
        Ok(Monitor { address, daemon, thread, _folder: folder })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks its API, as any program can that has the key.
    fn get(&self, path: &str) -> Result<reqwest::blocking::Response> {
        let url = format!("http://{}{path}", self.address);
        // Reqwest wants one, though there is no https here.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder().timeout(PATIENCE);
        let request = http.build()?.get(url);
        let key = self.daemon.key().expose();
        Ok(request.bearer_auth(key).send()?.error_for_status()?)
    }

    /// What was measured from one time to another.
    pub fn samples(
        &self,
        metric: &str,
        target: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<Sample>> {
        #[derive(Deserialize)]
        struct Columns {
            times: Vec<i64>,
            median: Vec<Option<f64>>,
        }
        let chart: Columns = self
            .get(&format!(
                "/api/history?metric={metric}&target={target}&from={from}\
                 &to={to}&step=0"
            ))?
            .json()?;
        let samples = chart.times.into_iter().zip(chart.median);
        Ok(samples
            .map(|(at, value)| Sample::new(at, metric, target, value))
            .collect())
    }

    /// Stops it in order.
    pub fn stop(self) -> Result<()> {
        self.daemon.shutdown().stop();
        self.thread.join().map_err(|_| "the monitor panicked")?;
        Ok(())
    }
}

/// Follows the monitor's server-sent events, as the page does.
pub struct Follower {
    lines: std::io::Lines<BufReader<reqwest::blocking::Response>>,
}

impl Follower {
    pub fn of(monitor: &Monitor) -> Result<Follower> {
        let events = monitor.get("/api/events")?;
        Ok(Follower { lines: BufReader::new(events).lines() })
    }

    /// The next sample of a metric that is as wanted.
    pub fn sample(
        &mut self,
        metric: &str,
        wanted: impl Fn(&Sample) -> bool,
    ) -> Result<Sample> {
        loop {
            let sample: Sample = self.next("sample")?;
            if sample.metric == metric && wanted(&sample) {
                return Ok(sample);
            }
        }
    }

    /// The data of the next event of this name.
    fn next<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        let event = format!("event: {name}");
        let mut heard = String::new();
        for line in self.lines.by_ref() {
            let line = line?;
            match line.strip_prefix("data: ") {
                Some(data) if heard == event => {
                    return Ok(serde_json::from_str(data)?);
                }
                _ => heard = line,
            }
        }
        Err("the monitor has ended".into())
    }
}
