//! A whole test: latency, download, upload.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use statistics::{jitter, median};

use crate::convergence::steady_since;
use crate::flow_count::{Advice, FIRST_FLOWS, FlowCount};
use crate::probe::Probe;
use crate::report::rounded;
use crate::samples::{SAMPLE, Samples};
use crate::{
    Direction, Error, Latency, Load, LoadedLatency, Phase, Progress, Report,
    Settings, Target,
};

/// Round trips that are measured over the idle link ...
const ROUND_TRIPS: usize = 10;
/// ... or, where each takes long, this number in an eighth of the test's time
/// (a packet that was lost and sent again makes one of them wrong, and must
/// not become the median) ...
const FEW_ROUND_TRIPS: usize = 5;
const FEW_WITHIN: u32 = 8;
/// ... and at least this number, or there would be no jitter.
const LEAST_ROUND_TRIPS: usize = 2;
const LEAST_WITHIN: u32 = 4;
/// How long the server may take for its first answers.
const PATIENCE: Duration = Duration::from_secs(5);
/// A load on which nothing has moved for this number of seconds, or of round
/// trips where that is longer, has ended.
const STANDSTILL: f64 = 2.0;
const STANDSTILL_TRIPS: f64 = 6.0;
/// The live rate is that of this number of seconds.
const LIVE: f64 = 0.5;
/// Data queue when a round trip takes longer than on the idle link, by three
/// times its jitter, a quarter of itself and 5 ms.
const QUEUED_JITTERS: f64 = 3.0;
const QUEUED_PART: f64 = 0.25;
const QUEUED_MS: f64 = 5.0;

/// Measures latency, download and upload, in this order, within the budgets.
/// `progress` is called about twenty times a second. It blocks until the test
/// is over.
///
/// # Errors
/// When one of the three has no figure at all: a failed test is a failure.
/// When the rates are not steady yet, the report says so.
pub fn measure(
    settings: &Settings,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Report, Error> {
    let begun = Instant::now();
    let deadline = begun + settings.most_seconds;
    let mut say_phase = |phase, latency_ms| {
        let seconds = begun.elapsed().as_secs_f64();
        let bps = None;
        let quiet =
            Progress { phase, seconds, bps, latency_ms, flows: 0, bytes: 0 };
        progress(&quiet);
    };

    // ANCHOR: measure
    say_phase(Phase::Find, None);
    let target = find(settings)?;
    say_phase(Phase::Idle, None);
    let idle = idle(&target, settings, deadline)?;
    let idle_ms = median(idle.iter().copied()).unwrap_or_default();
    say_phase(Phase::Idle, Some(idle_ms));

    // Each direction may have half of what is left for both.
    let half = deadline.saturating_duration_since(Instant::now()) / 2;
    let mut run = Run {
        settings,
        target: &target,
        idle: &idle,
        begun,
        progress,
        flows: 0,
    };
    let half_bytes = settings.most_bytes / 2;
    let download =
        run.load(Direction::Download, Instant::now() + half, half_bytes)?;
    let left = settings.most_bytes.saturating_sub(download.bytes);
    let upload = run.load(Direction::Upload, deadline, left)?;
    // ANCHOR_END: measure

    let unsettled: Vec<String> = [&download, &upload]
        .iter()
        .filter_map(|r| r.unsettled.clone())
        .collect();
    Ok(Report {
        server: target.server().to_owned(),
        family: target.family(),
        download_bps: download.bps.round() as u64,
        upload_bps: upload.bps.round() as u64,
        idle_latency_ms: rounded(idle_ms),
        jitter_ms: rounded(jitter_of(&idle)),
        loaded_latency_ms: LoadedLatency {
            download: download.latency_ms,
            upload: upload.latency_ms,
        },
        bytes_received: download.bytes,
        bytes_sent: upload.bytes,
        seconds: rounded(begun.elapsed().as_secs_f64()),
        flows: download.flows.max(upload.flows),
        stable: unsettled.is_empty(),
        unsettled: (!unsettled.is_empty()).then(|| unsettled.join("; ")),
    })
}

fn find(settings: &Settings) -> Result<Target, Error> {
    let (server, family) = (settings.server.clone(), settings.family);
    let patience = PATIENCE.min(settings.most_seconds);
    unless_stopped(&settings.stop, move || {
        Target::find(&server, family, patience)
    })
}

/// Round trips over the idle link, in milliseconds.
fn idle(
    target: &Target,
    settings: &Settings,
    deadline: Instant,
) -> Result<Vec<f64>, Error> {
    let target = target.clone();
    let begun = Instant::now();
    let most_seconds = settings.most_seconds;
    let patience = move || {
        let left = deadline.saturating_duration_since(Instant::now());
        left.clamp(Duration::from_millis(1), PATIENCE)
    };
    unless_stopped(&settings.stop, move || {
        let mut latency = Latency::connect(&target, patience())?;
        let mut round_trips = Vec::new();
        while round_trips.len() < ROUND_TRIPS {
            let taken = latency.round_trip(patience())?;
            round_trips.push(taken.as_secs_f64() * 1000.0);
            let enough = |few, within| {
                round_trips.len() >= few
                    && begun.elapsed() > most_seconds / within
            };
            if enough(FEW_ROUND_TRIPS, FEW_WITHIN)
                || enough(LEAST_ROUND_TRIPS, LEAST_WITHIN)
            {
                break;
            }
        }
        Ok(round_trips)
    })
}

/// Does work that cannot be interrupted, in a thread that is left behind when
/// the stop flag is set.
fn unless_stopped<T: Send + 'static>(
    stop: &AtomicBool,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (sender, result) = channel();
    let worker = move || {
        // Nobody waits any more when the test was stopped.
        let _ = sender.send(work());
    };
    thread::Builder::new()
        .spawn(worker)
        .map_err(|error| Error::Machine { reason: error.to_string() })?;
    loop {
        if stop.load(Relaxed) {
            return Err(Error::Stopped);
        }
        match result.recv_timeout(SAMPLE) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let reason = "a thread of the test has died".to_owned();
                return Err(Error::Machine { reason });
            }
        }
    }
}

/// What both directions use.
struct Run<'a> {
    settings: &'a Settings,
    target: &'a Target,
    /// Round trips without load, in milliseconds.
    idle: &'a [f64],
    begun: Instant,
    progress: &'a mut dyn FnMut(&Progress),
    /// The flows that the first direction needed: the second one begins with
    /// as many.
    flows: usize,
}

/// The result of one direction.
struct Rate {
    bps: f64,
    bytes: u64,
    flows: usize,
    latency_ms: Option<f64>,
    unsettled: Option<String>,
}

impl Run<'_> {
    /// Loads the link in one direction until the rate is known.
    fn load(
        &mut self,
        direction: Direction,
        deadline: Instant,
        most_bytes: u64,
    ) -> Result<Rate, Error> {
        let begun = Instant::now();
        let most_flows = self.settings.most_flows.max(1);
        let idle_ms = self.idle_ms();
        let first = FIRST_FLOWS.max(self.flows).min(most_flows);
        let mut flow_count = FlowCount::new(most_flows, idle_ms / 1000.0);
        let mut samples = Samples::default();
        samples.push(0.0, 0);

        let probe = Probe::start(self.target);
        let load =
            Load::start_within(self.target, direction, first, most_bytes)?;
        let mut next = begun;
        let unsettled = loop {
            next += SAMPLE;
            let until = next.min(deadline);
            thread::sleep(until.saturating_duration_since(Instant::now()));
            if self.settings.stop.load(Relaxed) {
                return Err(Error::Stopped);
            }
            samples.push(begun.elapsed().as_secs_f64(), load.bytes());
            self.say_progress(direction, &samples, &probe, load.flows());
            self.check_progress(direction, &load, &samples)?;

            if load.is_spent() {
                break Some("the byte budget ended");
            }
            if Instant::now() >= deadline {
                break Some("the time budget ended");
            }
            let queued = self.is_queued(&probe);
            match flow_count.advise(&samples, load.flows(), queued) {
                Advice::Wait => {}
                Advice::Add(flows) => {
                    for _ in 0..flows {
                        load.add_flow()?;
                    }
                }
                Advice::Converged if flow_count.is_capped() && !queued => {
                    break Some(
                        "more flows than allowed might have been faster",
                    );
                }
                Advice::Converged => break None,
            }
        };
        let flows = load.flows();
        load.stop();
        self.flows = flows;

        let (seconds, bytes) = samples.last();
        let end_of_ramp = flow_count.end_of_ramp(self.is_queued(&probe));
        let since = match unsettled {
            None => steady_since(&samples, end_of_ramp),
            // What was measured after the ramp, or at least the second half.
            Some(_) => end_of_ramp.min(seconds / 2.0),
        };
        // A budget that ends at once leaves two readings.
        let bps = samples.slope(since).or_else(|| samples.slope(0.0));
        let bps = bps.unwrap_or_default();
        if bps <= 0.0 {
            let phase = direction.name();
            let why = unsettled.unwrap_or_default().to_owned();
            return Err(Error::Budget { phase, why });
        }
        let latencies = probe.since(since);
        Ok(Rate {
            bps,
            bytes,
            flows,
            latency_ms: median(latencies).map(rounded),
            unsettled: unsettled.map(|why| format!("{direction}: {why}")),
        })
    }

    /// Whether data wait in front of the link: round trips take longer now
    /// than before the load.
    fn is_queued(&self, probe: &Probe) -> bool {
        let idle = self.idle_ms();
        let more = (QUEUED_JITTERS * jitter_of(self.idle))
            .max(QUEUED_PART * idle)
            .max(QUEUED_MS);
        probe.recent().is_some_and(|recent| recent > idle + more)
    }

    /// The median round trip without load, in milliseconds.
    fn idle_ms(&self) -> f64 {
        median(self.idle.iter().copied()).unwrap_or_default()
    }

    /// Fails when no flow works any more, or no byte moves.
    fn check_progress(
        &self,
        direction: Direction,
        load: &Load,
        samples: &Samples,
    ) -> Result<(), Error> {
        let stalled = || Error::Stalled {
            server: self.target.server().to_owned(),
            phase: direction.name(),
            bytes: samples.last().1,
            waited: Duration::from_secs_f64(samples.standstill()),
        };
        if load.flows() == 0 && !load.is_spent() {
            return Err(load.error().unwrap_or_else(stalled));
        }
        let idle = self.idle_ms() / 1000.0;
        if samples.standstill() > STANDSTILL.max(STANDSTILL_TRIPS * idle) {
            return Err(load.error().unwrap_or_else(stalled));
        }
        Ok(())
    }

    fn say_progress(
        &mut self,
        direction: Direction,
        samples: &Samples,
        probe: &Probe,
        flows: usize,
    ) {
        (self.progress)(&Progress {
            phase: match direction {
                Direction::Download => Phase::Download,
                Direction::Upload => Phase::Upload,
            },
            seconds: self.begun.elapsed().as_secs_f64(),
            bps: samples.rate(LIVE).map(|rate| rate.round() as u64),
            latency_ms: probe.last(),
            flows,
            bytes: samples.last().1,
        });
    }
}

/// The jitter of round trips of which none was lost; 0 of one.
fn jitter_of(round_trips: &[f64]) -> f64 {
    let all: Vec<_> = round_trips.iter().copied().map(Some).collect();
    jitter(&all).unwrap_or_default()
}
