//! The client: one test against a server, in words or as JSON.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use link::{Link, LinkSettings};
use speedtest::{
    Family, Phase, Progress, Report, Settings, Starvation, Target, measure,
};

/// The options of the client.
#[derive(Debug, Args)]
pub struct Options {
    /// The server to test against: http://HOST:PORT or https://HOST
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,

    /// A link of known speed on the way to the server, as "20mbit,40ms"
    #[arg(long, value_name = "RATE,ROUND_TRIP")]
    pub link: Option<LinkSettings>,

    /// Print the result as JSON
    #[arg(long, requires = "server")]
    pub json: bool,

    /// What kind of server it is: networkquality, cloudflare, librespeed or
    /// ookla [default: found out]
    #[arg(long)]
    pub family: Option<Family>,

    /// The time budget of the whole test. Most lines need 4 to 6 s of it
    #[arg(long, value_name = "N", default_value = "30", value_parser = seconds)]
    pub seconds: Duration,

    /// The byte budget of the whole test, both directions together
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000)]
    pub bytes: u64,

    /// The most flows in one direction
    #[arg(long, value_name = "N", default_value_t = 32,
        value_parser = clap::value_parser!(u16).range(1..=256))]
    pub flows: u16,
}

impl Options {
    /// Tests and prints. A test that failed is printed as JSON too.
    pub fn run(&self, server: &str) -> Result<(), Box<dyn Error>> {
        let watch = Starvation::watch();
        let measured = self.through_link(server);
        if self.json {
            let json = match &measured {
                Ok(report) => serde_json::to_string_pretty(report)?,
                Err(error) => {
                    serde_json::to_string_pretty(&serde_json::json!({
                        "error": error.to_string(),
                        "fault": error.fault(),
                    }))?
                }
            };
            println!("{json}");
        }
        let report = measured.map_err(|error| match error {
            speedtest::Error::Budget { .. } => {
                format!("{error}. Allow more with --seconds or --bytes").into()
            }
            other => Box::<dyn Error>::from(other),
        })?;
        if !self.json {
            print(&report);
        }
        let failed = report.download_error.or(report.upload_error);
        if let Some(reason) = watch.reason() {
            eprintln!("not measured: {reason}");
        }
        // What there is has been printed.
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Tests, through a link if one was asked for.
    fn through_link(&self, server: &str) -> Result<Report, speedtest::Error> {
        let Some(settings) = &self.link else { return self.measure(server) };
        if server.starts_with("https:") {
            return Err(speedtest::Error::Address {
                text: server.to_owned(),
                why: "a link leads to http only, for it has another name",
            });
        }
        let patience = self.seconds;
        let there = Target::find(server, self.family, patience)?.address();
        let link = Link::start(settings, there).map_err(|error| {
            speedtest::Error::Machine { reason: error.to_string() }
        })?;
        let report = self.measure(&format!("http://{}", link.address()))?;
        Ok(Report { server: server.to_owned(), ..report })
    }

    /// Tests, with a live line where standard error is a terminal.
    fn measure(&self, server: &str) -> Result<Report, speedtest::Error> {
        let settings = Settings {
            family: self.family,
            most_seconds: self.seconds,
            most_bytes: self.bytes,
            most_flows: self.flows.into(),
            ..Settings::new(server)
        };
        let live = std::io::stderr().is_terminal();
        let report = measure(&settings, &mut |progress| {
            if live {
                print_live(progress);
            }
        });
        if live {
            eprint!("\r\x1b[K");
        }
        report
    }
}

/// One line, which each next one replaces.
fn print_live(progress: &Progress) {
    let phase = match progress.phase {
        Phase::Find => "looks for the server",
        Phase::Idle => "latency",
        Phase::Download => "download",
        Phase::Upload => "upload",
    };
    let rate = progress.bps.map_or(String::new(), |bps| mbit(bps) + ", ");
    let latency = progress
        .latency_ms
        .map_or(String::new(), |ms| format!("round trip {ms:.1} ms"));
    let mut stderr = std::io::stderr();
    // A terminal that is gone is no reason to stop.
    let _ = write!(stderr, "\r\x1b[K{phase}  {rate}{latency}");
}

fn print(report: &Report) {
    let under = |latency: Option<f64>| match latency {
        Some(ms) => format!("{ms:.1} ms under load"),
        None => "no round trip under load".to_owned(),
    };
    let loaded = report.loaded_latency_ms;
    for (name, bps, error, latency) in [
        (
            "download",
            report.download_bps,
            &report.download_error,
            loaded.download,
        ),
        ("upload", report.upload_bps, &report.upload_error, loaded.upload),
    ] {
        match (bps, error) {
            (Some(bps), _) => {
                println!("{name:<9} {:>12}   {}", mbit(bps), under(latency));
            }
            (None, Some(error)) => println!("{name:<9} no figure: {error}"),
            (None, None) => println!("{name:<9} no figure"),
        }
    }
    println!(
        "latency   {:>9.1} ms   jitter {:.1} ms",
        report.idle_latency_ms, report.jitter_ms
    );
    println!(
        "server    {} ({}), {} flows, {:.1} MB, {:.1} s",
        report.server,
        report.family,
        report.flows,
        (report.bytes_received + report.bytes_sent) as f64 / 1e6,
        report.seconds
    );
    if let Some(why) = &report.unsettled {
        println!("          not settled: {why}");
    }
}

/// A rate for people, in units of 1000 × 1000 bits per second.
pub fn mbit(bps: u64) -> String {
    let mbit = bps as f64 / 1e6;
    let digits = if mbit < 100.0 { 2 } else { 1 };
    format!("{mbit:.digits$} Mbit/s")
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| (1.0..=600.0).contains(&time.as_secs_f64()))
        .ok_or_else(|| "say a number of seconds from 1 to 600".to_owned())
}
