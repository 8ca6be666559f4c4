//! The measurement: rest, download, rest, upload.

use crate::loss::Counter;
use crate::prober::{Prober, Seen};
use crate::settled::Settled;
use crate::{Grade, Latencies, Phase, Point, Probes, Report, UnderLoad};
use speedtest::{Direction, Family, Load, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use thiserror::Error;

/// How long the line is looked at without a load.
const REST: Duration = Duration::from_secs(1);
/// How long the server may take to answer at all.
const ANSWER: Duration = Duration::from_secs(5);
/// Flows at the start.
const FLOWS: usize = 4;
/// So many bytes a second load no line.
const NOTHING: f64 = 1_000.0;
/// A load that grows by less than that has found its level.
const GROWTH: f64 = 1.05;
/// The figures are of so many of the last seconds.
const LAST: usize = 3;
/// Where the quickest handshake of TCP takes less than half of a round trip,
/// and by more than this, somebody nearer than the server ends our
/// connections: a relay, a proxy.
const NEAR_MS: f64 = 1.0;
/// How often TCP is asked for its estimate on the loaded connections.
const ESTIMATE: Duration = Duration::from_millis(100);

/// What to measure against, and what it may cost.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's address, such as `http://127.0.0.1:8700`.
    pub server: String,
    /// The server's protocol; found out when not given.
    pub family: Option<Family>,
    /// The longest that each direction may be kept under load.
    pub most_seconds: Duration,
    /// The most bytes that may be moved, both directions together. A download
    /// takes half of them at most.
    pub most_bytes: u64,
    /// The most flows in one direction.
    pub most_flows: usize,
    /// Becomes true when the measurement is not wanted any more.
    pub stop: Arc<AtomicBool>,
}

impl Settings {
    /// Twelve seconds each way, two gigabytes, sixteen flows.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Settings {
        Settings {
            server: server.into(),
            family: None,
            most_seconds: Duration::from_secs(12),
            most_bytes: 2_000_000_000,
            most_flows: 16,
            stop: Arc::default(),
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// What goes on.
    pub phase: Phase,
    /// Seconds from the start.
    pub seconds: f64,
    /// The last second's median round trip, in milliseconds.
    pub latency_ms: Option<f64>,
    /// The last second's load, in bits per second.
    pub bps: f64,
}

/// Why there is no result.
#[derive(Debug, Error)]
pub enum Error {
    /// The server could not be reached, or broke off.
    #[error(transparent)]
    Server(#[from] speedtest::Error),
    /// No round trip came back.
    #[error(
        "no round trip came back while the line was {}: {} carries the load \
         but does not answer", .phase.word(), .server
    )]
    Silent {
        /// What went on.
        phase: Phase,
        /// Who does not answer.
        server: String,
    },
    /// The budget of bytes leaves none for one direction.
    #[error("a budget of {most_bytes} bytes has none for the {}", .phase.word())]
    Budget {
        /// Which part has none.
        phase: Phase,
        /// The budget.
        most_bytes: u64,
    },
    /// The line was not busy, so it has no latency under load.
    #[error(
        "the {} from {server} moved {bytes} bytes and no more: that is no \
         load", .phase.word()
    )]
    NoLoad {
        /// What went on.
        phase: Phase,
        /// Who should have moved more.
        server: String,
        /// What was moved.
        bytes: u64,
    },
    /// Somebody stopped it.
    #[error("the measurement was stopped")]
    Stopped,
}

impl Error {
    /// What kind of trouble it is, as one word for programs.
    #[must_use]
    pub fn fault(&self) -> &'static str {
        match self {
            Error::Server(error) => error.fault(),
            Error::Silent { .. } => "silent",
            Error::Budget { .. } => "budget",
            Error::NoLoad { .. } => "no-load",
            Error::Stopped => "stopped",
        }
    }
}

/// Measures a line's latency at rest and under load.
///
/// Blocks until it is done, a few seconds to half a minute; `tell` hears of
/// each second.
///
/// # Errors
/// [`enum@Error`] says what was the matter. There are no figures then: a failed
/// measurement is not a measurement of zero.
pub fn measure(
    settings: &Settings,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Report, Error> {
    let target = Target::find(&settings.server, settings.family, ANSWER)?;
    let mut run = Run {
        settings,
        prober: Prober::start(&target),
        target,
        start: Instant::now(),
        timeline: Vec::new(),
        used: 0,
        is_direct: false,
        tell,
    };
    // ANCHOR: story
    let idle = run.rest(Phase::Idle, REST, None)?;
    let download = run.under(Direction::Download)?;
    run.rest(Phase::Pause, REST * 3, Some(idle.median_ms))?;
    let upload = run.under(Direction::Upload)?;

    let worse = download.latency.median_ms.max(upload.latency.median_ms);
    let added_ms = worse - idle.median_ms;
    // ANCHOR_END: story
    Ok(Report {
        server: settings.server.clone(),
        grade: Grade::of(added_ms),
        added_ms,
        idle,
        download,
        upload,
        seconds: run.start.elapsed().as_secs_f64(),
        timeline: run.timeline,
    })
}

/// A measurement under way.
struct Run<'a> {
    settings: &'a Settings,
    target: Target,
    prober: Prober,
    start: Instant,
    timeline: Vec<Point>,
    /// Bytes moved so far.
    used: u64,
    /// Whether our connections end at the server: then TCP's estimate of the
    /// round trip is one of this line.
    is_direct: bool,
    tell: &'a mut dyn FnMut(&Progress),
}

/// One second of a measurement.
#[derive(Default)]
struct Second {
    round_trips_ms: Vec<Option<f64>>,
    probes: Probes,
    bytes: u64,
    seconds: f64,
}

impl Run<'_> {
    /// Looks without a load for `most`, or, after a load, until the round
    /// trip is what it was `before`.
    fn rest(
        &mut self,
        phase: Phase,
        most: Duration,
        before: Option<f64>,
    ) -> Result<Latencies, Error> {
        const SLICE: Duration = Duration::from_millis(250);
        let begun = Instant::now();
        let (mut all, mut handshakes) = (Vec::new(), Vec::new());
        // Where much is lost, the first answer may take a second and more.
        while begun.elapsed() < most
            || (Latencies::of(&all).is_none() && begun.elapsed() < ANSWER)
        {
            let slice = self.look(phase, SLICE, None)?;
            let now = Latencies::of(&slice.round_trips_ms);
            all.extend(slice.round_trips_ms);
            handshakes.extend(slice.probes.connect_ms);
            let back = before.zip(now).is_some_and(|(before, now)| {
                now.median_ms <= before * 1.2 + 1.0
            });
            if back {
                break;
            }
        }
        let found = Latencies::of(&all).ok_or_else(|| self.silent(phase))?;
        if phase == Phase::Idle {
            let quickest = handshakes.into_iter().reduce(f64::min);
            self.is_direct = quickest
                .is_some_and(|ms| ms + NEAR_MS > found.minimum_ms / 2.0);
        }
        Ok(found)
    }

    // ANCHOR: under
    /// Loads one direction until the latency has settled.
    fn under(&mut self, direction: Direction) -> Result<UnderLoad, Error> {
        let phase = match direction {
            Direction::Download => Phase::Download,
            Direction::Upload => Phase::Upload,
        };
        let most_bytes = self.settings.most_bytes;
        let left = match direction {
            Direction::Download => most_bytes / 2,
            Direction::Upload => most_bytes.saturating_sub(self.used),
        };
        if left == 0 {
            return Err(Error::Budget { phase, most_bytes });
        }
        let counter = Counter::start(self.target.address()).ok();
        let most_flows = self.settings.most_flows.max(1);
        let flows = FLOWS.min(most_flows);
        let load = Load::start_within(&self.target, direction, flows, left)?;
        let end = Instant::now() + self.settings.most_seconds;
        let mut settled = Settled::default();
        let mut seconds: Vec<Second> = Vec::new();
        let calm = loop {
            let second =
                self.look(phase, Duration::from_secs(1), Some(&load))?;
            let grows = seconds
                .last()
                .is_none_or(|before| second.bps() > before.bps() * GROWTH);
            let now = Latencies::of(&second.round_trips_ms);
            let level = settled.add(now.map(|now| now.median_ms));
            seconds.push(second);
            if level && !grows {
                break true;
            }
            if load.is_spent() || Instant::now() >= end {
                break false;
            }
            // A server that has refused one flow will refuse more.
            let refused = load.error().is_some();
            if grows && !refused && load.flows() < most_flows {
                load.add_flow()?;
            }
        };
        // ANCHOR_END: under
        let (bytes, flows) = (load.bytes(), load.flows());
        self.used += bytes;
        load.stop();
        let loss = counter.and_then(Counter::finish);
        self.sum_up(phase, &seconds, calm, loss, flows, bytes)
    }

    fn sum_up(
        &self,
        phase: Phase,
        seconds: &[Second],
        settled: bool,
        loss: Option<crate::Loss>,
        flows: usize,
        bytes: u64,
    ) -> Result<UnderLoad, Error> {
        // In front of a very long buffer a round trip takes seconds: then the
        // last ones in which one came back.
        let came =
            |second: &Second| second.round_trips_ms.iter().any(Option::is_some);
        let end = seconds.iter().rposition(came);
        let end = end.ok_or_else(|| self.silent(phase))? + 1;
        let last = &seconds[end.saturating_sub(LAST)..end];
        let all = |pick: fn(&Second) -> &[f64]| {
            last.iter().flat_map(pick).copied().collect::<Vec<f64>>()
        };
        let round_trips: Vec<Option<f64>> =
            last.iter().flat_map(|it| &it.round_trips_ms).copied().collect();
        let latency =
            Latencies::of(&round_trips).ok_or_else(|| self.silent(phase))?;
        let probes = Probes {
            connect_ms: all(|second| &second.probes.connect_ms),
            tls_ms: all(|second| &second.probes.tls_ms),
            request_ms: all(|second| &second.probes.request_ms),
            loaded_ms: all(|second| &second.probes.loaded_ms),
        };
        // What a lost packet holds back comes all at once: over a longer time
        // that is less. The first second is the ramp.
        let after_ramp = &seconds[usize::from(seconds.len() > 1)..];
        let moved: u64 = after_ramp.iter().map(|second| second.bytes).sum();
        let took: f64 = after_ramp.iter().map(|second| second.seconds).sum();
        if moved as f64 / took < NOTHING {
            let server = self.settings.server.clone();
            return Err(Error::NoLoad { phase, server, bytes });
        }
        Ok(UnderLoad {
            latency,
            settled,
            responsiveness: probes.responsiveness(),
            loss,
            bps: moved as f64 * 8.0 / took,
            flows,
            bytes,
        })
    }

    /// Notes what the probers see for so long, and what the load moves.
    fn look(
        &mut self,
        phase: Phase,
        most: Duration,
        load: Option<&Load>,
    ) -> Result<Second, Error> {
        let from = Instant::now();
        let bytes = load.map_or(0, Load::bytes);
        let mut second = Second::default();
        let mut next = from + ESTIMATE;
        while let Some(left) = most.checked_sub(from.elapsed()) {
            if self.settings.stop.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            // One flow of many may fail; without any there is no load.
            if let Some(load) = load
                && load.flows() == 0
                && !load.is_spent()
                && let Some(error) = load.error()
            {
                return Err(error.into());
            }
            if let Some(load) = load
                && self.is_direct
                && Instant::now() >= next
            {
                let estimates = load.round_trips().into_iter();
                second.probes.loaded_ms.extend(estimates.map(milliseconds));
                next += ESTIMATE;
            }
            match self.prober.next(left.min(ESTIMATE)) {
                Some(Seen::RoundTrip { asked, took }) => {
                    let latency_ms = took.map(milliseconds);
                    let after = asked.saturating_duration_since(self.start);
                    let seconds = after.as_secs_f64();
                    let point = Point { seconds, latency_ms, phase };
                    self.timeline.push(point);
                    second.round_trips_ms.push(latency_ms);
                }
                Some(Seen::Foreign { opening, request }) => {
                    let probes = &mut second.probes;
                    probes.connect_ms.push(milliseconds(opening.tcp));
                    probes.tls_ms.extend(opening.tls.map(milliseconds));
                    probes.request_ms.push(milliseconds(request));
                }
                None => {}
            }
        }
        second.bytes = load.map_or(0, Load::bytes).saturating_sub(bytes);
        second.seconds = from.elapsed().as_secs_f64();
        let median = Latencies::of(&second.round_trips_ms);
        (self.tell)(&Progress {
            phase,
            seconds: self.start.elapsed().as_secs_f64(),
            latency_ms: median.map(|latencies| latencies.median_ms),
            bps: second.bps(),
        });
        Ok(second)
    }

    fn silent(&self, phase: Phase) -> Error {
        Error::Silent { phase, server: self.settings.server.clone() }
    }
}

impl Second {
    fn bps(&self) -> f64 {
        self.bytes as f64 * 8.0 / self.seconds.max(f64::EPSILON)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
