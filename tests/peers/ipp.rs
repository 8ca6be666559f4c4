//! Our printer that needs no driver beside CUPS, both over IPP: README.md says
//! how to run it and what it means.

mod apt;
#[allow(dead_code, reason = "`peer-print` prints in more ways")]
mod cups;
mod folder;
mod http;
#[allow(dead_code, reason = "`peer-print` prints in more ways")]
mod ours;
mod print_job;
#[allow(dead_code, reason = "`peer-print` looks into the jobs")]
mod sink;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use ping::statistics::Sorted;

use cups::Cups;
use folder::Folder;
use http::Connection;
use ours::Ours;
use sink::Sink;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A document of 70 KB and six pages.
const DOCUMENT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/samples/report.pdf");
/// What both sides print to: what makes no other difference.
const RAW: &str = "application/vnd.cups-raw";
const PDF: &str = "application/pdf";
const OURS: &str = "/ipp/print";
/// Both sides rest between turns, so that neither pays for the other.
const REST: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    // `cargo bench` adds an option of its own.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|given| given == wanted);
    let all = !["pass", "render", "crowd", "idle"].into_iter().any(has);

    let folder = Folder::new()?;
    let sink = Sink::open()?;
    let cups = Cups::start(&folder.0.join("cups"), sink.address, false)?;
    // The first start makes what later ones find: databases, keys, certificate.
    let data = folder.0.join("ours");
    let first_start = Ours::start(&data, sink.address)?.started_in;
    let ours = Ours::start(&data, sink.address)?;
    let document = fs::read(DOCUMENT)?;
    if all || has("idle") {
        idle(&ours, first_start)?;
    }
    if all || has("pass") {
        let to = [
            Way {
                name: "CUPS",
                at: cups.address,
                path: "/printers/raw",
                format: RAW,
            },
            Way { name: "ours", at: ours.address, path: OURS, format: RAW },
        ];
        println!("\nto the printer's last byte, passed through");
        compare(&to, &sink, &document, 60, 0.5, |job| job.last_byte)?;
    }
    if all || has("render") {
        let to = [
            Way {
                name: "CUPS",
                at: cups.address,
                path: "/printers/pxl",
                format: PDF,
            },
            Way { name: "ours", at: ours.address, path: OURS, format: PDF },
        ];
        println!("\nto the printer's first byte, rendered as PCL XL");
        compare(&to, &sink, &document, 20, 0.6, |job| job.first_byte)?;
    }
    if all || has("crowd") {
        crowd(ours.address, &sink, &document)?;
    }
    Ok(())
}

/// One way to print.
struct Way {
    name: &'static str,
    at: SocketAddr,
    path: &'static str,
    format: &'static str,
}

/// Milliseconds from the request's first byte to a moment of the job at the
/// printer, turn by turn.
fn compare(
    ways: &[Way],
    sink: &Sink,
    document: &[u8],
    rounds: usize,
    goal: f64,
    moment: impl Fn(&sink::Job) -> Instant,
) -> Result<()> {
    let mut times = vec![Vec::new(); ways.len()];
    for round in 0..rounds {
        // Another document each time: nobody prints from memory.
        let mut document = document.to_vec();
        document.extend(format!("\n% {round}\n").bytes());
        for (way, times) in ways.iter().zip(&mut times) {
            thread::sleep(REST);
            let mut connection = Connection::open(way.at)?;
            let start = Instant::now();
            let Way { at, path, format, .. } = *way;
            print_job::send(&mut connection, at, path, format, &document)?;
            let job = sink.job()?;
            times.push((moment(&job) - start).as_secs_f64() * 1e3);
        }
    }
    let median = |times: &[f64]| percentile(times, 50);
    for (way, measured) in ways.iter().zip(&times) {
        let [low, middle, high] = [10, 50, 90].map(|p| percentile(measured, p));
        let ratio = middle / median(&times[0]);
        print!("  {:6} {middle:8.2} ms ({low:.2} to {high:.2})", way.name);
        println!("  x {ratio:.2}");
    }
    println!("  goal for ours: at most x {goal}");
    Ok(())
}

/// Fifty clients at once: the time until each has its answer.
fn crowd(server: SocketAddr, sink: &Sink, document: &[u8]) -> Result<()> {
    const CLIENTS: usize = 50;
    println!("\n{CLIENTS} clients at once");
    let start = Arc::new(Barrier::new(CLIENTS));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (start, mut document) = (start.clone(), document.to_vec());
            document.extend(format!("\n% client {client}\n").bytes());
            thread::spawn(move || -> std::result::Result<f64, String> {
                let words = |error: Box<dyn Error>| error.to_string();
                let connection = Connection::open(server);
                let mut connection =
                    connection.map_err(|error| words(error.into()))?;
                start.wait();
                let from = Instant::now();
                print_job::send(&mut connection, server, OURS, RAW, &document)
                    .map_err(words)?;
                Ok(from.elapsed().as_secs_f64() * 1e3)
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.push(client.join().expect("no client panics")?);
    }
    for _ in 0..CLIENTS {
        sink.job()?;
    }
    let [median, last] = [50, 99].map(|p| percentile(&times, p));
    println!("  none refused; median {median:.1} ms, p99 {last:.1} ms");
    println!("  p99 is x {:.1}; goal: below x 20", last / median);
    Ok(())
}

/// Memory and start of a server that has nothing to do.
fn idle(ours: &Ours, first_start: Duration) -> Result<()> {
    thread::sleep(Duration::from_secs(1));
    let status = fs::read_to_string(format!("/proc/{}/status", ours.pid()))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    let kilobytes: f64 = kilobytes.ok_or("no VmRSS")?.parse()?;
    let [first, later] =
        [first_start, ours.started_in].map(|time| time.as_secs_f64() * 1e3);
    println!("idle");
    println!("  memory {:.1} MB; goal: at most 20", kilobytes / 1e3);
    println!("  ready after {later:.0} ms; goal: at most 50");
    println!("  with an empty folder: after {first:.0} ms");
    Ok(())
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let sorted: Sorted = values.iter().copied().collect();
    sorted.percentile(percent).unwrap_or(f64::NAN)
}
