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
use crate::samples::{PACKET, SAMPLE, Samples};
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
/// trips where that is longer, has ended ...
const STANDSTILL: f64 = 2.0;
const STANDSTILL_TRIPS: f64 = 6.0;
/// ... or, while so few bytes have moved, for this number: a slow line loses
/// packets until one flow has found its rate.
const FEW_BYTES: u64 = 100_000;
const SLOW_STANDSTILL: f64 = 8.0;
/// After so many round trips, and this number of seconds at least, the first
/// flow has filled a slow line ...
const FIRST_TRIPS: f64 = 3.5;
const FIRST_SECONDS: f64 = 0.1;
/// ... and has moved more than this over any other: what TCP sends in its first
/// two round trips (RFC 6928), in bytes.
const NOT_SLOW: u64 = 20 * 1448;
/// A rate that is not steady needs this number of packets, and of round trips,
/// to be a figure at all.
const LEAST_PACKETS: f64 = 40.0;
const LEAST_TRIPS: f64 = 2.5;
/// A line is slow below this rate, in bytes per second, and a round trip over
/// it may take this number of seconds while it is full.
const SLOW_RATE: f64 = 40_000.0;
const SLOW_ROUND_TRIP: f64 = 3.0;
/// Over an idle line a round trip that takes this much longer than the
/// quickest, in milliseconds, was lost and sent again: no system waits shorter
/// (RFC 6298, section 2.4, says a second; Linux waits 200 ms).
const SENT_AGAIN_MS: f64 = 200.0;
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
    let idle_ms = median(idle.iter().copied().flatten()).unwrap_or_default();
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
        run.load(Direction::Download, Instant::now() + half, half_bytes);
    let used = download.as_ref().map_or(0, |rate| rate.bytes);
    let left = settings.most_bytes.saturating_sub(used);
    let upload = match &download {
        Err(Error::Stopped) => Err(Error::Stopped),
        _ => run.load(Direction::Upload, deadline, left),
    };
    // ANCHOR_END: measure

    let (download, download_error) = parts(download)?;
    let (upload, upload_error) = parts(upload)?;
    let rates = [&download, &upload];
    if let (None, Some(error)) = (&download, &download_error)
        && upload.is_none()
    {
        return Err(error.clone());
    }
    let unsettled: Vec<String> = (rates.iter().copied().flatten())
        .filter_map(|rate| rate.unsettled.clone())
        .collect();
    let bps =
        |rate: &Option<Rate>| rate.as_ref().map(|rate| rate.bps.round() as u64);
    let latency = |rate: &Option<Rate>| rate.as_ref()?.latency_ms;
    let bytes = |rate: &Option<Rate>| rate.as_ref().map_or(0, |it| it.bytes);
    let flows = rates.iter().copied().flatten().map(|rate| rate.flows).max();
    Ok(Report {
        server: target.server().to_owned(),
        family: target.family(),
        download_bps: bps(&download),
        upload_bps: bps(&upload),
        idle_latency_ms: rounded(idle_ms),
        jitter_ms: rounded(jitter(&idle).unwrap_or_default()),
        loaded_latency_ms: LoadedLatency {
            download: latency(&download),
            upload: latency(&upload),
        },
        bytes_received: bytes(&download),
        bytes_sent: bytes(&upload),
        seconds: rounded(begun.elapsed().as_secs_f64()),
        flows: flows.unwrap_or_default(),
        stable: unsettled.is_empty()
            && download_error.is_none()
            && upload_error.is_none(),
        unsettled: (!unsettled.is_empty()).then(|| unsettled.join("; ")),
        download_error: download_error.map(|error| error.to_string()),
        upload_error: upload_error.map(|error| error.to_string()),
    })
}

/// A direction's rate, or why it has none. A test that was stopped has neither.
fn parts(
    result: Result<Rate, Error>,
) -> Result<(Option<Rate>, Option<Error>), Error> {
    match result {
        Ok(rate) => Ok((Some(rate), None)),
        Err(Error::Stopped) => Err(Error::Stopped),
        Err(error) => Ok((None, Some(error))),
    }
}

fn find(settings: &Settings) -> Result<Target, Error> {
    let (server, family) = (settings.server.clone(), settings.family);
    let patience = PATIENCE.min(settings.most_seconds);
    unless_stopped(&settings.stop, move || {
        Target::find(&server, family, patience)
    })
}

/// Round trips over the idle link, in milliseconds; `None` for one that was
/// lost on the way.
fn idle(
    target: &Target,
    settings: &Settings,
    deadline: Instant,
) -> Result<Vec<Option<f64>>, Error> {
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
        Ok(without_those_sent_again(&round_trips))
    })
}

/// A round trip that was lost is a loss, and no latency: TCP hides it behind
/// the time that it waits before it sends again.
fn without_those_sent_again(round_trips: &[f64]) -> Vec<Option<f64>> {
    let least = round_trips.iter().copied().fold(f64::MAX, f64::min);
    let most = 2.0 * least + SENT_AGAIN_MS;
    round_trips.iter().map(|ms| Some(*ms).filter(|it| *it < most)).collect()
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
    /// Round trips without load, in milliseconds; `None` for a lost one.
    idle: &'a [Option<f64>],
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
        // One flow first: on a slow line it is enough.
        let wanted = match self.flows {
            0 => FIRST_FLOWS,
            before => before,
        };
        let mut wanted = Some(wanted.min(most_flows));
        let first_trips = FIRST_TRIPS * idle_ms / 1000.0;
        let mut flow_count = FlowCount::new(most_flows, idle_ms / 1000.0);
        let mut samples = Samples::default();
        samples.push(0.0, 0);

        let probe = Probe::start(self.target);
        let load = Load::start_within(self.target, direction, 1, most_bytes)?;
        let mut next = begun;
        let mut queued_at = f64::NEG_INFINITY;
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
            let (now, bytes) = samples.last();
            if self.is_queued(&probe) {
                queued_at = now;
            }
            // On a slow line the next round trip takes seconds: until it is
            // back, what was seen last is true.
            let slow = bytes as f64 / now < SLOW_RATE;
            let still = if slow { SLOW_ROUND_TRIP } else { 0.0 };
            let queued = now - queued_at <= still;
            if now < first_trips.max(FIRST_SECONDS) {
                continue;
            }
            if let Some(wanted) = wanted.take()
                && bytes > NOT_SLOW
            {
                for _ in 1..wanted {
                    load.add_flow()?;
                }
                flow_count.added(now);
            }
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
        let (flows, is_spent) = (load.flows(), load.is_spent());
        load.stop();
        self.flows = flows;

        let (seconds, bytes) = samples.last();
        let end_of_ramp = flow_count.end_of_ramp(self.is_queued(&probe));
        let since = match unsettled {
            None => steady_since(&samples, end_of_ramp, flow_count.shortest()),
            // What was measured after the ramp, or at least the second half.
            Some(_) => end_of_ramp.min(seconds / 2.0),
        };
        // Where the byte budget ends at once, nearly all may have come before.
        let came_before = samples.moved(since) < samples.moved(0.0) / 100;
        let (since, bps) = match samples.slope(since) {
            Some(bps) if !(is_spent && came_before) => (since, bps),
            _ => (0.0, samples.rate(seconds).unwrap_or_default()),
        };
        if let Some(why) = unsettled {
            self.is_a_figure(direction, &samples, since, why)?;
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

    /// Fails when so little came before a budget ended that a rate made of it
    /// would be no figure.
    fn is_a_figure(
        &self,
        direction: Direction,
        samples: &Samples,
        since: f64,
        ended: &str,
    ) -> Result<(), Error> {
        let packets = samples.moved(since) as f64 / PACKET;
        let seconds = samples.last().0 - since;
        let trips = seconds * 1000.0 / self.idle_ms().max(0.001);
        if packets >= LEAST_PACKETS && trips >= LEAST_TRIPS {
            return Ok(());
        }
        let why = format!(
            "{ended}, and {packets:.0} packets in the last {seconds:.1} s tell \
             nothing of the line"
        );
        Err(Error::Budget { phase: direction.name(), why })
    }

    /// Whether data wait in front of the link: round trips take longer now
    /// than before the load.
    fn is_queued(&self, probe: &Probe) -> bool {
        let idle = self.idle_ms();
        let more = (QUEUED_JITTERS * jitter(self.idle).unwrap_or_default())
            .max(QUEUED_PART * idle)
            .max(QUEUED_MS);
        probe.recent().is_some_and(|recent| recent > idle + more)
    }

    /// The median round trip without load, in milliseconds.
    fn idle_ms(&self) -> f64 {
        median(self.idle.iter().copied().flatten()).unwrap_or_default()
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
        if load.flows() == 0 {
            // A server that has refused all of them: what it took before it
            // said so is no figure.
            if let Some(error) = load.error() {
                return Err(error);
            }
            if !load.is_spent() {
                return Err(stalled());
            }
        }
        let idle = self.idle_ms() / 1000.0;
        let few = samples.last().1 < FEW_BYTES;
        let least = if few { SLOW_STANDSTILL } else { STANDSTILL };
        if samples.standstill() > least.max(STANDSTILL_TRIPS * idle) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_that_was_lost_is_a_loss_and_no_latency() {
        let idle = without_those_sent_again(&[1081.0, 41.0, 40.0, 300.0]);
        assert_eq!(idle, [None, Some(41.0), Some(40.0), None]);
        assert_eq!(median(idle.iter().copied().flatten()), Some(40.0));
        assert_eq!(jitter(&idle), Some(1.0));
        // A line over a satellite whose round trips differ loses nothing.
        let far = without_those_sent_again(&[600.0, 900.0, 700.0]);
        assert!(far.iter().all(Option::is_some));
    }
}
