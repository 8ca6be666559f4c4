//! Our print server beside CUPS: the time of a small job, the rate of many,
//! and the speed of a big one. README.md says how to run it and what it
//! means.

mod apt;
mod cups;
mod folder;
mod http;
#[allow(dead_code, reason = "`peer-ipp` asks for the start")]
mod ours;
mod print_job;
#[allow(dead_code, reason = "`peer-ipp` looks at the first byte")]
mod sink;

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use ping::statistics::Sorted;

use cups::Cups;
use folder::Folder;
use http::Connection;
use ours::Ours;
use sink::Sink;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Bytes of the documents of `latency` and `rate`.
const SMALL: usize = 70_000;
/// Bytes of the document of `big`.
const BIG: usize = 200_000_000;

fn main() -> Result<()> {
    // `cargo bench` adds an option of its own.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|given| given == wanted);
    let all = !["latency", "rate", "big"].into_iter().any(has);

    // Both sides keep their files on one disk and print to one sink.
    let folder = Folder::new()?;
    let sink = Sink::open()?;
    let cups = folder.0.join("cups");
    let cups = Cups::start(&cups, sink.address, has("safest"))?;
    let ours = Ours::start(&folder.0.join("ours"), sink.address)?;
    let mut peers = [
        Peer::new("CUPS, kept alive", Server::Cups(cups))?,
        Peer::new("ours, kept alive", Server::Ours(ours))?,
    ];
    println!("What is on the disk for certain when the reply comes");
    println!(
        "  CUPS: {}",
        match has("safest") {
            true => "the job's attributes; SyncOnClose, DirtyCleanInterval 0",
            false => "nothing; as shipped",
        }
    );
    println!("  ours: the document and the job; fsync, SQLite FULL");
    for peer in &peers {
        println!("  {} is process {}", peer.name, peer.pid());
    }

    if all || has("latency") {
        latency(&mut peers, &sink, &folder.0)?;
    }
    if all || has("rate") {
        rate(&mut peers, &sink)?;
    }
    if all || has("big") {
        big(&mut peers, &sink)?;
    }
    Ok(())
}

/// One way to print: a server, and the connection to it that stays open.
struct Peer {
    name: &'static str,
    server: Server,
    connection: Connection,
}

enum Server {
    Cups(Cups),
    Ours(Ours),
}

impl Server {
    fn address(&self) -> SocketAddr {
        match self {
            Server::Cups(cups) => cups.address,
            Server::Ours(ours) => ours.address,
        }
    }
}

impl Peer {
    fn new(name: &'static str, server: Server) -> Result<Peer> {
        let connection = Connection::open(server.address())?;
        Ok(Peer { name, server, connection })
    }

    /// Takes a turn: lets the side that had the last one finish what it does
    /// after a job's last byte, and connects anew, because a server closes a
    /// connection that was idle while the other had its turn.
    fn turn(&mut self) -> Result<()> {
        thread::sleep(Duration::from_millis(50));
        self.connection = Connection::open(self.server.address())?;
        Ok(())
    }

    fn print(&mut self, document: &[u8]) -> Result<()> {
        match &self.server {
            Server::Cups(cups) => cups.print(&mut self.connection, document),
            Server::Ours(ours) => ours.print(&mut self.connection, document),
        }
    }

    fn pid(&self) -> u32 {
        match &self.server {
            Server::Cups(cups) => cups.pid(),
            Server::Ours(ours) => ours.pid(),
        }
    }
}

/// From the first byte of the upload to the last byte at the printer.
fn latency(peers: &mut [Peer], sink: &Sink, folder: &Path) -> Result<()> {
    const ROUNDS: usize = 60;
    println!("\nlatency of a {} KB PDF, {ROUNDS} rounds", SMALL / 1000);
    let mut lp = Samples::new("CUPS, by lp");
    let mut times: Vec<_> =
        peers.iter().map(|peer| Samples::new(peer.name)).collect();
    let file = folder.join("lease.pdf");
    for round in 0..ROUNDS {
        let document = pdf(SMALL, round);
        fs::write(&file, &document)?;
        for (peer, times) in peers.iter_mut().zip(&mut times) {
            peer.turn()?;
            let start = Instant::now();
            peer.print(&document)?;
            times.add(arrival(sink, &document, start)?);
        }
        if let Some(Peer { server: Server::Cups(cups), .. }) = peers.first() {
            thread::sleep(Duration::from_millis(50));
            let start = Instant::now();
            cups.lp(&file)?;
            lp.add(arrival(sink, &document, start)?);
        }
    }
    times.push(lp);
    report(times, "ms", "at most 0.33");
    Ok(())
}

/// Waits for `document` and returns the milliseconds since `start`.
fn arrival(sink: &Sink, document: &[u8], start: Instant) -> Result<f64> {
    let job = sink.job()?;
    if !job.contains(document) {
        return Err("the printer got something else".into());
    }
    Ok((job.last_byte - start).as_secs_f64() * 1e3)
}

/// Jobs a second: from the first byte sent to the last byte at the printer.
fn rate(peers: &mut [Peer], sink: &Sink) -> Result<()> {
    const ROUNDS: usize = 5;
    const JOBS: usize = 200;
    println!("\nrate of {JOBS} such jobs, {ROUNDS} rounds");
    let mut rates: Vec<_> =
        peers.iter().map(|peer| Samples::new(peer.name)).collect();
    for round in 1..=ROUNDS {
        let documents: Vec<_> =
            (0..JOBS).map(|job| pdf(SMALL, round * 1000 + job)).collect();
        for (peer, rates) in peers.iter_mut().zip(&mut rates) {
            peer.turn()?;
            let start = Instant::now();
            for document in &documents {
                peer.print(document)?;
            }
            let mut last_byte = start;
            for _ in 0..JOBS {
                let job = sink.job()?;
                if job.bytes < SMALL as u64 {
                    return Err("a job is not whole".into());
                }
                last_byte = last_byte.max(job.last_byte);
            }
            let seconds = (last_byte - start).as_secs_f64();
            rates.add(JOBS as f64 / seconds);
        }
    }
    report(rates, "jobs/s", "at least 5");
    Ok(())
}

/// Megabytes a second of one big job, from end to end.
fn big(peers: &mut [Peer], sink: &Sink) -> Result<()> {
    const ROUNDS: usize = 5;
    println!("\none job of {} MB, {ROUNDS} rounds", BIG / 1_000_000);
    let mut rates: Vec<_> =
        peers.iter().map(|peer| Samples::new(peer.name)).collect();
    for round in 1..=ROUNDS {
        let document = pdf(BIG, round);
        for (peer, rates) in peers.iter_mut().zip(&mut rates) {
            peer.turn()?;
            let start = Instant::now();
            peer.print(&document)?;
            let job = sink.job()?;
            if job.bytes < BIG as u64 {
                return Err("the job is not whole".into());
            }
            let seconds = (job.last_byte - start).as_secs_f64();
            rates.add(BIG as f64 / 1e6 / seconds);
        }
    }
    report(rates, "MB/s", "at least 1");
    Ok(())
}

/// The measured values of one peer.
struct Samples {
    name: &'static str,
    values: Vec<f64>,
}

impl Samples {
    fn new(name: &'static str) -> Samples {
        Samples { name, values: Vec::new() }
    }

    fn add(&mut self, value: f64) {
        self.values.push(value);
    }

    fn percentile(&self, percent: usize) -> f64 {
        let sorted: Sorted = self.values.iter().copied().collect();
        sorted.percentile(percent).unwrap_or(f64::NAN)
    }
}

/// A line each: median, the middle 80 %, and the ratio to the first.
fn report(peers: Vec<Samples>, unit: &str, goal: &str) {
    let first = peers.first().map_or(1.0, |first| first.percentile(50));
    for peer in &peers {
        let [low, median, high] = [10, 50, 90].map(|p| peer.percentile(p));
        print!("  {:18} {median:8.2} {unit:6}", peer.name);
        println!(" ({low:.2} to {high:.2})  x {:.2}", median / first);
    }
    println!("  goal for ours: x {goal}");
}

/// A PDF of one blank page and `size` bytes. Another `seed` makes another
/// document: nobody can print from memory.
fn pdf(size: usize, seed: usize) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ];
    let mut pdf = b"%PDF-1.4\n".to_vec();
    let mut table = String::from("xref\n0 5\n0000000000 65535 f \n");
    for (object, number) in objects.iter().zip(1..) {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf.extend(format!("{number} 0 obj {object} endobj\n").bytes());
    }

    // The fourth object fills the document with noise (xorshift).
    const FRAME: usize = 320;
    table += &format!("{:010} 00000 n \n", pdf.len());
    let length = size.saturating_sub(pdf.len() + FRAME);
    pdf.extend(format!("4 0 obj << /Length {length} >> stream\n").bytes());
    let mut noise = 0x9e37_79b9_7f4a_7c15 ^ (seed as u64 + 1);
    let end = pdf.len() + length;
    while pdf.len() < end {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        pdf.extend(noise.to_le_bytes());
    }
    pdf.truncate(end);
    pdf.extend(b"\nendstream endobj\n");
    let start = pdf.len();
    let trailer = "trailer << /Size 5 /Root 1 0 R >>\nstartxref";
    pdf.extend(format!("{table}{trailer}\n{start}\n%%EOF").bytes());
    pdf.resize(size.max(pdf.len()), b'\n');
    pdf
}
