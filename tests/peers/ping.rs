//! A pass of ours beside fping, in a network namespace where some hosts are
//! dead. README.md says how to run it and what it means.

#[cfg(target_os = "linux")]
mod apt;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("This measurement needs Linux: it makes a network namespace.");
}

#[cfg(target_os = "linux")]
fn main() -> Result<()> {
    // This program starts itself in the namespace, and measures there.
    match std::env::var_os(linux::INSIDE) {
        Some(ours) => linux::measure(ours.as_ref()),
        None => linux::enter(),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::process::{Command, Output};
    use std::time::{Duration, Instant};

    use nix::sys::resource::{UsageWho, getrusage};
    use ping::statistics;
    use serde_json::Value;

    use crate::{Result, apt};

    /// Set inside the namespace, to the path of our program.
    pub const INSIDE: &str = "PEER_PING_INSIDE";
    const ROUNDS: usize = 5;

    /// A namespace with 127.0.0.0/8, on which everything answers, and with a
    /// network on which nothing does: what is sent there comes back in by the
    /// loopback interface, is no address of this machine, and is dropped.
    const NAMESPACE: &str = "
        ip link set lo up
        ip route add 198.18.0.0/24 dev lo
        echo '0 0' > /proc/sys/net/ipv4/ping_group_range
        exec \"$0\"";

    pub fn enter() -> Result<()> {
        apt::need("ip", "iproute2")?;
        apt::need("unshare", "util-linux")?;
        apt::need("fping", "fping")?;
        let status = Command::new("unshare")
            .args(["--user", "--map-root-user", "--net"])
            .args(["sh", "-e", "-c", NAMESPACE])
            .arg(std::env::current_exe()?)
            .env(INSIDE, harness::program("lesson20"))
            .status()?;
        match status.success() {
            true => Ok(()),
            false => Err("this needs a network namespace, with the loopback \
                          interface up: run it as root"
                .into()),
        }
    }

    pub fn measure(ours: &Path) -> Result<()> {
        let five = ["127.0.0.1", "198.18.0.1", "127.0.0.2", "198.18.0.2"];
        let mut five = five.map(str::to_owned).to_vec();
        five.push("127.0.0.3".to_owned());
        let thousand = |dead: usize| -> Vec<String> {
            let alive = (0..1000 - dead)
                .map(|at| format!("127.0.{}.{}", at / 250, at % 250 + 1));
            let dead = (0..dead).map(|at| format!("198.18.0.{}", at + 1));
            alive.chain(dead).collect()
        };
        println!(
            "2 probes a host, 200 ms apart, 1 s for an answer; median of \
             {ROUNDS}"
        );
        compare(ours, "5 hosts, 2 of them dead", &five, "10")?;
        compare(ours, "1,000 hosts", &thousand(0), "0.5")?;
        compare(ours, "1,000 hosts, 100 dead", &thousand(100), "0.5")
    }

    /// The result of one run of one program, and its cost.
    struct Reading {
        answers: usize,
        seconds: f64,
        processor_ms: f64,
        /// The median of all round trips.
        round_trip_ms: f64,
    }

    /// Both in turn, so that a busy moment hits both.
    fn compare(
        ours: &Path,
        what: &str,
        hosts: &[String],
        gap: &str,
    ) -> Result<()> {
        let mut rows = [("ours", Vec::new()), ("fping", Vec::new())];
        for _ in 0..ROUNDS {
            let mut command = Command::new(ours);
            command.args(hosts).arg("--json");
            rows[0].1.push(reading(&mut command, our_round_trips)?);
            let mut command = Command::new("fping");
            command.args(["-q", "-C2", "-p200", "-t1000", "-i", gap]);
            rows[1].1.push(reading(command.args(hosts), fpings)?);
        }
        println!("\n{what} (fping -i {gap})");
        println!(
            "{:8} {:>9} {:>9} {:>9} {:>11}",
            "", "answers", "s", "cpu ms", "round trip"
        );
        for (name, readings) in &rows {
            println!(
                "{name:8} {:>9.0} {:>9.3} {:>9.1} {:>8.3} ms",
                median(readings, |one| one.answers as f64),
                median(readings, |one| one.seconds),
                median(readings, |one| one.processor_ms),
                median(readings, |one| one.round_trip_ms),
            );
        }
        let seconds = |row: usize| median(&rows[row].1, |one| one.seconds);
        println!("ratio of the times: {:.2}", seconds(0) / seconds(1));
        Ok(())
    }

    fn reading(
        command: &mut Command,
        round_trips: fn(&Output) -> Result<Vec<f64>>,
    ) -> Result<Reading> {
        let used = processor()?;
        let start = Instant::now();
        // Neither succeeds where a host is dead.
        let output = command.output()?;
        let seconds = start.elapsed().as_secs_f64();
        let processor_ms = (processor()? - used).as_secs_f64() * 1000.0;
        let all = round_trips(&output)?;
        Ok(Reading {
            answers: all.len(),
            seconds,
            processor_ms,
            round_trip_ms: statistics::median(all).unwrap_or(f64::NAN),
        })
    }

    fn our_round_trips(output: &Output) -> Result<Vec<f64>> {
        let reports: Vec<Value> = serde_json::from_slice(&output.stdout)?;
        let mut all = Vec::new();
        for report in &reports {
            if report["method"] != "icmp" {
                return Err(format!("no echo request: {report}").into());
            }
            let times = report["round_trips_ms"].as_array();
            all.extend(times.into_iter().flatten().filter_map(Value::as_f64));
        }
        Ok(all)
    }

    /// Its lines are `HOST : 0.05 -`, a word for each probe.
    fn fpings(output: &Output) -> Result<Vec<f64>> {
        let said = String::from_utf8_lossy(&output.stderr);
        let words = said.lines().filter_map(|line| line.split_once(" : "));
        let words = words.flat_map(|(_, times)| times.split_whitespace());
        Ok(words.filter_map(|word| word.parse().ok()).collect())
    }

    /// The processor time of all programs that were waited for.
    fn processor() -> Result<Duration> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let times = [usage.user_time(), usage.system_time()];
        let microseconds: i64 = times
            .iter()
            .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
            .sum();
        Ok(Duration::from_micros(microseconds.unsigned_abs()))
    }

    fn median(readings: &[Reading], figure: fn(&Reading) -> f64) -> f64 {
        statistics::median(readings.iter().map(figure)).unwrap_or(f64::NAN)
    }
}
