//! The network monitor with many targets, asked once a second each, beside
//! fping, which asks the same ones: what it costs, and whether a pass is
//! missed. README.md says how to run it and what it means.

#[cfg(target_os = "linux")]
mod apt;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("This measurement needs Linux: it reads /proc.");
}

#[cfg(target_os = "linux")]
fn main() -> Result<()> {
    linux::measure()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, SystemTime};

    use harness::NetworkMonitor;
    use history::{History, Retention, Sample};
    use serde_json::Value;

    use crate::{Result, apt};

    const TARGETS: usize = 500;
    const SECONDS: u64 = 60;
    /// How long the monitor runs before it is looked at.
    const BEGINNING: Duration = Duration::from_secs(5);
    const SECOND: i64 = 1_000;
    const HOUR: i64 = 3_600 * SECOND;

    pub fn measure() -> Result<()> {
        apt::need("fping", "fping")?;
        // Cargo adds `--bench` to what it was given.
        let mut numbers =
            std::env::args().skip(1).filter_map(|word| word.parse().ok());
        let targets = numbers.next().unwrap_or(TARGETS);
        let seconds = numbers.next().map_or(SECONDS, |number| number as u64);
        let hosts: Vec<String> = (0..targets)
            .map(|at| format!("127.0.{}.{}", at / 250, at % 250 + 1))
            .collect();
        println!(
            "{targets} targets on this machine, asked once a second, for \
             {seconds} s; {} processors",
            thread::available_parallelism()?
        );
        println!();
        println!(
            "| the monitor | asked by | answers | lost | passes missed \
             | CPU, of one core | fping's | ratio | memory | at most |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|");
        for past in Past::ALL {
            run(past, &hosts, seconds)?;
        }
        Ok(())
    }

    /// What the monitor has behind it when it is looked at.
    #[derive(Clone, Copy, PartialEq)]
    enum Past {
        Nothing,
        /// All samples of an hour, which is over and is closed meanwhile, and
        /// those of the hour that is open.
        Hours,
        /// The same, with a page open.
        Watched,
    }

    impl Past {
        const ALL: [Past; 3] = [Past::Nothing, Past::Hours, Past::Watched];

        fn words(self) -> &'static str {
            match self {
                Past::Nothing => "has just begun",
                Past::Hours => "closes an hour, and has another in memory",
                Past::Watched => "the same, and a page is open",
            }
        }
    }

    fn run(past: Past, hosts: &[String], seconds: u64) -> Result<()> {
        let data = tempfile::tempdir()?;
        if past != Past::Nothing {
            write_hours(data.path(), hosts)?;
        }
        let mut monitor =
            NetworkMonitor::start(data.path(), &configuration(hosts), &[]);
        if past == Past::Watched {
            // As a page does, until the monitor ends.
            let events = monitor.events();
            thread::spawn(move || events.for_each(drop));
        }
        thread::sleep(BEGINNING);
        let (from, used) = (now()?, Usage::of(&monitor)?);
        let fpings = fping(hosts, seconds)?;
        let (to, end) = (now()?, Usage::of(&monitor)?);
        let method = method(&monitor);
        monitor.program.terminate();
        monitor.program.wait_for_end();

        let counts = count(data.path(), hosts, from, to)?;
        let passed = (to - from) as f64 / 1e3;
        let cpu = (end.processor_seconds - used.processor_seconds) / passed;
        println!(
            "| {} | {method} | {} | {} | {} | {:.1} % | {:.1} % | {:.2} \
             | {:.1} MB | {:.1} MB |",
            past.words(),
            counts.answers,
            counts.lost,
            counts.missed,
            100.0 * cpu,
            100.0 * fpings,
            cpu / fpings,
            end.memory as f64 / 1e6,
            end.most_memory as f64 / 1e6,
        );
        Ok(())
    }

    /// Names that an administrator could have given.
    fn name(host: &str) -> String {
        format!("host {host}")
    }

    fn configuration(hosts: &[String]) -> String {
        let mut text = String::new();
        for host in hosts {
            let name = name(host);
            let _ = writeln!(
                text,
                "[[target]]\nname = \"{name}\"\nhost = \"{host}\"\n\
                 every = \"1s\"\ncount = 1"
            );
        }
        text
    }

    /// Writes the samples of the last hour by the clock, and of the present
    /// one until now.
    fn write_hours(data: &Path, hosts: &[String]) -> Result<()> {
        let keep = Retention::default();
        let history = History::open(data, &keep)?;
        let now = now()?;
        let mut at = now - now.rem_euclid(HOUR) - HOUR;
        while at < now {
            let mut minute = Vec::new();
            for _ in 0..60 {
                for host in hosts {
                    let value = 0.02 - 0.01 * fastrand::f64().ln();
                    let value = Some(value);
                    minute.push(Sample::new(at, "ping", &name(host), value));
                }
                at += SECOND;
            }
            history.record(&minute)?;
        }
        Ok(())
    }

    /// Has fping ask the same hosts, once a second; returns the share of one
    /// processor that it takes.
    fn fping(hosts: &[String], seconds: u64) -> Result<f64> {
        use nix::sys::resource::{UsageWho, getrusage};
        let processor = || -> Result<f64> {
            let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
            let times = [usage.user_time(), usage.system_time()];
            Ok(times
                .iter()
                .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
                .sum())
        };
        let before = processor()?;
        Command::new("fping")
            .args(["-q", "-p", "1000", "-i", "0.1"])
            .args(["-c", &seconds.to_string()])
            .args(hosts)
            .output()?;
        Ok((processor()? - before) / seconds as f64)
    }

    /// By which method the first target is asked.
    fn method(monitor: &NetworkMonitor) -> String {
        let status = monitor.get("/api/status");
        let first: &Value = &status["targets"][0]["method"];
        first.as_str().unwrap_or("-").to_owned()
    }

    /// What a process has used.
    struct Usage {
        processor_seconds: f64,
        /// In bytes, now and at most.
        memory: u64,
        most_memory: u64,
    }

    impl Usage {
        fn of(monitor: &NetworkMonitor) -> Result<Usage> {
            let id = monitor.program.id();
            let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
            // The name may hold spaces; the state follows it.
            let (_, stat) = stat.rsplit_once(')').ok_or("no name")?;
            let fields: Vec<&str> = stat.split_whitespace().collect();
            // utime and stime, in hundredths of a second (proc_pid_stat(5)).
            let ticks: f64 =
                fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
            let status = fs::read_to_string(format!("/proc/{id}/status"))?;
            let bytes = |key: &str| -> Result<u64> {
                let line = status.lines().find(|line| line.starts_with(key));
                let line = line.ok_or("no such line")?;
                let kilobytes = line.split_whitespace().nth(1).ok_or("none")?;
                Ok(kilobytes.parse::<u64>()? * 1024)
            };
            Ok(Usage {
                processor_seconds: ticks / 100.0,
                memory: bytes("VmRSS:")?,
                most_memory: bytes("VmHWM:")?,
            })
        }
    }

    /// What the history says of a stretch of time.
    #[derive(Default)]
    struct Counts {
        answers: usize,
        lost: usize,
        /// How many passes of single targets are not there.
        missed: i64,
    }

    fn count(
        data: &Path,
        hosts: &[String],
        from: i64,
        to: i64,
    ) -> Result<Counts> {
        let history = History::open_to_read(data)?;
        let mut counts = Counts::default();
        for host in hosts {
            let (name, most) = (name(host), usize::MAX);
            let samples = history.samples("ping", &name, from, to, most)?;
            let lost = samples.iter().filter(|one| one.value.is_none());
            counts.lost += lost.clone().count();
            counts.answers += samples.len() - lost.count();
            let times: Vec<i64> =
                samples.iter().map(|sample| sample.at).collect();
            let (Some(first), Some(last)) = (times.first(), times.last())
            else {
                counts.missed += (to - from) / SECOND;
                continue;
            };
            // The stretch begins and ends somewhere between two passes.
            counts.missed += (first - from) / SECOND + (to - last) / SECOND;
            for pair in times.windows(2) {
                // A second apart; a pass that is late is not missed.
                let apart = (pair[1] - pair[0]) as f64 / SECOND as f64;
                counts.missed += apart.round() as i64 - 1;
            }
        }
        Ok(counts)
    }

    fn now() -> Result<i64> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        Ok(i64::try_from(since.as_millis())?)
    }
}
