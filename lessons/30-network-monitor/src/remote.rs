//! The program elsewhere: it measures what its monitor tells it to, keeps what
//! it finds in a queue on its disk, and sends it when there is a line.

use crate::probe_worker::{self, Prober};
use crate::recorder::Measurement;
use crate::worker::by_interval;
use clap::Args;
use daemon::metrics::Counter;
use daemon::{Daemon, Health, print_line, systemd};
use history::Sample;
use monitor_config::Target;
use remote_probe::{
    ClockError, MonitorClient, Orders, PlaceKey, SharedClock, Unsent, keep,
    send,
};
use schedule::Gate;
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tls::Trust;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;

/// What this program is called in its log and its data folder: it is no
/// monitor, and may run beside one.
pub const NAME: &str = "network-monitor-probe";

/// The name under which systemd hands the key to the service.
pub const CREDENTIAL: &str = "place-key";

/// How many measurements may wait for the disk.
const WAITING: usize = 16_384;
/// How soon to ask for orders again after a failure.
const AGAIN: Duration = Duration::from_secs(2);
/// A certificate's days are sent again after this time, in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

/// What an administrator chooses for a probe.
#[derive(Debug, Clone, Args)]
pub struct ProbeOptions {
    /// The monitor's address, such as `https://monitor.example.org:8800`
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// The file with the line that `place add` has printed on the monitor's
    /// machine [default: the credential `place-key` of the service]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The monitor's certificate, or that of whoever issued it, in a PEM file:
    /// no other is trusted [default: those that this machine trusts]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Where the queue is kept [default: the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Print a unit file, with which systemd runs this probe, and end
    #[arg(long)]
    pub unit: bool,
}

impl ProbeOptions {
    fn key(&self) -> Result<PlaceKey, Box<dyn Error>> {
        let given = self.key_file.clone().or_else(|| {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY")?;
            Some(Path::new(&folder).join(CREDENTIAL))
        });
        let file = given.ok_or(
            "which place is this? Name the file with its key: --key-file FILE",
        )?;
        Ok(PlaceKey::read(&file)?)
    }
}

/// Runs a probe until it is asked to end.
///
/// # Errors
/// What keeps it from running, in words that say what to do. A monitor that
/// does not answer is nothing of the kind.
pub async fn run_probe(
    daemon: Daemon,
    options: ProbeOptions,
) -> Result<(), Box<dyn Error>> {
    let key = options.key()?;
    let trust = options.ca.clone().map_or(Trust::System, Trust::Only);
    let monitor = MonitorClient::new(&options.to, &key, &trust)?;
    let unsent = Arc::new(Unsent::open(daemon.data())?);
    print_line("network monitor probe");
    print_line(format!("  place:   {}", key.place));
    print_line(format!("  monitor: {}", options.to));
    print_line(format!("  data:    {}", daemon.data().display()));

    let clock = SharedClock::default();
    let (measurements, measured) = mpsc::channel(WAITING);
    let (samples, kept) = mpsc::channel(WAITING);
    let tasks = daemon.tasks();
    tasks.spawn("results", pass_on(measured, samples));
    let news = report(&daemon, "queue");
    tasks.spawn("queue", keep(unsent.clone(), clock.clone(), kept, news));
    let sending = send(
        unsent,
        monitor.clone(),
        clock.clone(),
        report(&daemon, "monitor"),
    );
    let prober = Prober {
        gate: Gate::new(),
        measurements,
        tasks: tasks.clone(),
        stopping: daemon.shutdown().watch(),
        skipped: Counter::default(),
    };
    let orders = OrdersFile(daemon.data().join("orders.json"));
    let obeying = obey(&daemon, prober, monitor, clock, orders);
    systemd::ready();
    tokio::select! {
        ended = sending => Ok(ended?),
        () = obeying => Ok(()),
        () = feed_the_watchdog() => Ok(()),
        () = daemon.shutdown().wait() => Ok(()),
    }
}

/// Logs what happens to a part of the probe, and shows it in its health.
fn report(
    daemon: &Daemon,
    part: &'static str,
) -> impl Fn(Option<&str>) + use<> {
    let health: Health = daemon.health().clone();
    move |trouble| match trouble {
        Some(words) => {
            tracing::warn!("{part}: {words}. What is measured is kept");
            health.set(part, Err(words));
        }
        None => {
            tracing::info!("{part}: all is well again");
            health.set(part, Ok::<(), &str>(()));
        }
    }
}

async fn feed_the_watchdog() {
    let Some(every) = systemd::watchdog() else {
        return std::future::pending().await;
    };
    let mut clock = tokio::time::interval(every);
    loop {
        clock.tick().await;
        systemd::alive();
    }
}

// ANCHOR: obey
/// Asks the monitor what to measure, again and again, and sees to it that this
/// is measured. Until the monitor answers, the last orders are in force.
async fn obey(
    daemon: &Daemon,
    prober: Prober,
    monitor: MonitorClient,
    clock: Arc<Mutex<ClockError>>,
    file: OrdersFile,
) {
    let mut in_force = file.read();
    let mut workers = start(&prober, &in_force);
    let news = report(daemon, "orders");
    let mut trouble: Option<String> = None;
    loop {
        let pause = match monitor.orders::<Target>().await {
            Ok(answer) => {
                let Orders { clock: monitors, .. } = answer.said;
                answer.set(
                    &mut clock.lock().unwrap_or_else(PoisonError::into_inner),
                    monitors,
                );
                let Orders { targets, ask_again_ms, .. } = answer.said;
                if targets != in_force {
                    tracing::info!("{} targets to measure", targets.len());
                    if let Err(error) = file.write(&targets) {
                        tracing::error!("cannot keep the orders: {error}");
                    }
                    // Ends the workers of the orders before.
                    drop(workers);
                    workers = start(&prober, &targets);
                    in_force = targets;
                }
                if trouble.take().is_some() {
                    news(None);
                }
                Duration::from_millis(ask_again_ms.max(100))
            }
            Err(words) => {
                if trouble.as_ref() != Some(&words) {
                    news(Some(&words));
                    trouble = Some(words);
                }
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}
// ANCHOR_END: obey

/// Starts a worker for each interval. They end when what is returned is
/// dropped.
fn start(prober: &Prober, targets: &[Target]) -> watch::Sender<bool> {
    let (stop, stopped) = watch::channel(false);
    for (every, targets) in by_interval(targets.to_vec()) {
        let name = format!("probes every {every:?}");
        let probes =
            probe_worker::run(prober.clone(), every, targets, stopped.clone());
        prober.tasks.spawn(&name, probes);
    }
    stop
}

/// Passes on what the probes find out about their targets. What this machine
/// could not ask says nothing of them.
async fn pass_on(mut measured: Receiver<Measurement>, samples: Sender<Sample>) {
    let mut known = HashMap::new();
    let mut ours = false;
    while let Some(measurement) = measured.recv().await {
        if measurement.ours != ours {
            ours = measurement.ours;
            let Sample { target, error, .. } = &measurement.sample;
            let why = error.as_deref().unwrap_or("unknown");
            match ours {
                true => tracing::error!("cannot ask {target}: {why}"),
                false => tracing::info!("targets can be asked again"),
            }
        }
        if measurement.ours {
            continue;
        }
        let certificate = certificate(&mut known, &measurement);
        for sample in certificate.into_iter().chain([measurement.sample]) {
            // Without a keeper the probe is about to end.
            let _ = samples.send(sample).await;
        }
    }
}

/// The days that a certificate lasts, when they are another number than before
/// and once an hour.
fn certificate(
    known: &mut HashMap<String, (i64, i64)>,
    measurement: &Measurement,
) -> Option<Sample> {
    let days = measurement.certificate_days?;
    let Sample { at, target, .. } = &measurement.sample;
    let before = known.get(target);
    let same = before.is_some_and(|(last, known)| {
        *known == days && at.saturating_sub(*last) < HOUR
    });
    if same {
        return None;
    }
    known.insert(target.clone(), (*at, days));
    Some(Sample::new(*at, "certificate", target, Some(days as f64)))
}

/// The orders of the monitor, kept for a start at which it cannot be asked.
struct OrdersFile(PathBuf);

impl OrdersFile {
    fn read(&self) -> Vec<Target> {
        match fs::read(&self.0) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| {
                // Another version's: this one's come with the next answer.
                tracing::warn!("cannot read {}: {error}", self.0.display());
                Vec::new()
            }),
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    let file = self.0.display();
                    tracing::warn!("cannot read {file}: {error}");
                }
                Vec::new()
            }
        }
    }

    /// Writes them whole, or not at all.
    fn write(&self, targets: &[Target]) -> std::io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(targets)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.0)?;
        Ok(())
    }
}
