//! Latency under load: what our programs say, and what ping saw at the time.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use link::LinkSettings;

use crate::Result;
use crate::namespaces::{FAR, Namespaces};
use crate::programs::{Programs, json, number};
use crate::table::{median, percent, print_verdict};

/// How often the wire is read.
const STEP: Duration = Duration::from_millis(50);
/// Up, then down: the order in which the wire counts.
const WAYS: [&str; 2] = ["upload", "download"];

/// A program of ours, and its figure.
struct Ours {
    program: &'static str,
    /// The JSON pointer to the figure: what stands before the direction, and
    /// what after it.
    figure: [&'static str; 2],
    /// The number of last seconds of a load that the figure covers.
    last: f64,
}

const OURS: [Ours; 2] = [
    Ours {
        program: "lesson22",
        figure: ["/loaded_latency_ms/", ""],
        last: 1.2,
    },
    Ours {
        program: "lesson23",
        figure: ["/", "/latency/median_ms"],
        last: 3.0,
    },
];

/// The bytes that the wire had carried at one time.
struct Reading {
    /// Seconds since 1970, as ping has them.
    at: f64,
    /// Bytes, up and down.
    carried: [u64; 2],
}

/// Runs our programs, each with ping beside it, `rounds` times.
pub fn compare(programs: &Programs, link: &str, rounds: usize) -> Result<()> {
    println!("\n{link}: milliseconds under load");
    let mut found = Vec::new();
    for _ in 0..rounds {
        for ours in &OURS {
            found.extend(once(programs, link, ours)?);
        }
    }
    println!("\nmedian of {rounds}");
    for ours in &OURS {
        for way in WAYS {
            let name = format!("{}, {way}", ours.program);
            let ratios = found.iter().filter(|(found, _)| *found == name);
            let ratio = median(ratios.map(|(_, ratio)| *ratio).collect());
            let goal = format!("{name}: within 10 % of ping");
            print_verdict(&goal, &percent(ratio), (ratio - 1.0).abs() <= 0.1);
        }
    }
    Ok(())
}

/// Runs one of our programs; its name and the direction with its figure in
/// that of ping.
fn once(
    programs: &Programs,
    link: &str,
    ours: &Ours,
) -> Result<Vec<(String, f64)>> {
    // A wire of its own, so that no queue is left from before.
    let settings: LinkSettings = link.parse()?;
    let at = Namespaces::new(&settings)?;
    let _servers = programs.serve(&at, true)?;
    let ping = Ping::start(&at)?;
    let mut command = programs.our_client(ours.program, &at)?;
    let (output, readings) = run_beside_wire(&mut command, &at)?;
    let round_trips = ping.stop()?;
    let said = json(&output, &command)?;

    let mut found = Vec::new();
    for (way, name) in WAYS.iter().enumerate() {
        let [before, after] = ours.figure;
        let figure = number(&said, &format!("{before}{name}{after}"))?;
        let until = end_of_load(&readings, way, settings.rate);
        let from = until - ours.last;
        let last =
            round_trips.iter().filter(|(at, _)| (from..until).contains(at));
        let ping = median(last.map(|(_, took)| *took).collect());
        let name = format!("{}, {name}", ours.program);
        print!("  {name:<19} {figure:>6.1}  ping {ping:>6.1}");
        // Lesson 23 besides counts round trips per minute.
        let way = &WAYS[way];
        let rpm = |kind: &str| {
            number(&said, &format!("/{way}/responsiveness/{kind}")).ok()
        };
        match (rpm("foreign"), rpm("loaded")) {
            (Some(foreign), Some(loaded)) => println!(
                "  RPM: foreign {foreign:.0}, loaded {loaded:.0}, by ping \
                 {:.0}",
                60_000.0 / ping
            ),
            _ => println!(),
        }
        found.push((name, figure / ping));
    }
    Ok(found)
}

/// Runs `command` to its end, and reads the wire meanwhile.
fn run_beside_wire(
    command: &mut Command,
    at: &Namespaces,
) -> Result<(Output, Vec<Reading>)> {
    let client =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let client = thread::spawn(move || client.wait_with_output());
    let mut readings = Vec::new();
    while !client.is_finished() {
        let carried = at.wire.counters().map(|way| way.carried.bytes);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        readings.push(Reading { at: now.as_secs_f64(), carried });
        thread::sleep(STEP);
    }
    let output = client.join().expect("waiting does not panic")?;
    Ok((output, readings))
}

/// When the wire was last more than half full in this direction.
fn end_of_load(readings: &[Reading], way: usize, rate: u64) -> f64 {
    let full = readings.windows(2).rev().find(|pair| {
        let bytes = pair[1].carried[way] - pair[0].carried[way];
        let time = pair[1].at - pair[0].at;
        bytes as f64 * 8.0 / time > rate as f64 / 2.0
    });
    full.map_or(f64::NAN, |pair| pair[0].at)
}

/// A ping from the near end to the far one, twenty times a second.
struct Ping(Child);

impl Ping {
    fn start(at: &Namespaces) -> Result<Ping> {
        let mut ping = at.near("ping");
        ping.args(["-n", "-D", "-i", "0.05", FAR]).stdout(Stdio::piped());
        Ok(Ping(ping.spawn()?))
    }

    /// Ends it; its round trips: when they ended in seconds since 1970, and
    /// how many milliseconds they took.
    fn stop(self) -> Result<Vec<(f64, f64)>> {
        let pid = self.0.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status()?;
        let output = self.0.wait_with_output()?;
        let lines = String::from_utf8_lossy(&output.stdout);
        // [1764000000.123456] 64 bytes from …: icmp_seq=1 ttl=64 time=20.3 ms
        let one = |line: &str| {
            let (at, rest) = line.strip_prefix('[')?.split_once(']')?;
            let (_, took) = rest.split_once("time=")?;
            let took = took.split(' ').next()?;
            Some((at.parse().ok()?, took.parse().ok()?))
        };
        Ok(lines.lines().filter_map(one).collect())
    }
}
