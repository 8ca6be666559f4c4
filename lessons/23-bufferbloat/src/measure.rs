//! The measurement: at rest, download, rest, upload.

use std::time::{Duration, Instant};

use speedtest::{Direction, Load, Target};

use crate::convergence::Convergence;
use crate::loss::LossCounter;
use crate::observer::{Observer, Second};
use crate::summary::{LoadTotals, summarize};
use crate::{
    Error, Grade, Latencies, Phase, Progress, Report, Settings, UnderLoad,
};

/// How long the line is observed at rest.
const REST: Duration = Duration::from_secs(1);
/// How long a piece of the rest is.
const SLICE: Duration = Duration::from_millis(250);
/// How long the server may take to answer at all.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// How many flows a load begins with.
const FLOWS: usize = 4;
/// A load whose rate grows by less than a twentieth in a second is steady.
const GROWTH: f64 = 1.05;
/// A TCP handshake is one round trip. If the quickest one is shorter than half
/// a round trip to the server, by more than this, our connections end at
/// something nearer: a relay, a proxy.
const NEAR_MS: f64 = 1.0;

/// Measures a line's latency at rest and under load.
///
/// Blocks until it is done, from a few seconds to half a minute; `on_progress`
/// is called about once a second.
///
/// # Errors
/// [`enum@Error`] says why there are no figures: a measurement that failed is
/// not a measurement of zero.
pub fn measure(
    settings: &Settings,
    on_progress: &mut dyn FnMut(&Progress),
) -> Result<Report, Error> {
    let target = Target::find(&settings.server, settings.family, FIRST_ANSWER)?;
    let observer = Observer::start(&target, &settings.stop, on_progress);
    let mut line = Measurement { settings, target, observer, bytes_moved: 0 };
    // ANCHOR: story
    let idle = line.rest(Phase::Idle, REST, None)?;
    let download = line.load(Direction::Download)?;
    line.rest(Phase::Pause, REST * 3, Some(idle.median_ms))?;
    let upload = line.load(Direction::Upload)?;

    let worse = download.latency.median_ms.max(upload.latency.median_ms);
    let added_ms = worse - idle.median_ms;
    // A later look would find more latency, and nothing is worse than F.
    let settled = download.settled && upload.settled;
    let grade = Grade::of(added_ms);
    // ANCHOR_END: story
    Ok(Report {
        server: settings.server.clone(),
        grade: (settled || grade == Grade::F).then_some(grade),
        added_ms,
        idle,
        download,
        upload,
        seconds: line.observer.seconds(),
        lateness_ms: line.observer.lateness_ms(),
        timeline: line.observer.into_timeline(),
    })
}

/// A measurement under way.
struct Measurement<'a> {
    settings: &'a Settings,
    target: Target,
    observer: Observer<'a>,
    /// In both directions so far.
    bytes_moved: u64,
}

impl Measurement<'_> {
    /// Observes the line without a load for `duration`; after a load, only
    /// until the round trip is what it was `before`, in milliseconds.
    fn rest(
        &mut self,
        phase: Phase,
        duration: Duration,
        before: Option<f64>,
    ) -> Result<Latencies, Error> {
        let start = Instant::now();
        let (mut round_trips, mut handshakes) = (Vec::new(), Vec::new());
        // Where much is lost, the first answer may take a second and more.
        while start.elapsed() < duration
            || (Latencies::of(&round_trips).is_none()
                && start.elapsed() < FIRST_ANSWER)
        {
            let slice = self.observer.observe(phase, SLICE, None)?;
            let now = slice.median_ms();
            round_trips.extend(slice.round_trips_ms);
            handshakes.extend(slice.probes.connect_ms);
            if let (Some(before), Some(now)) = (before, now)
                && now <= before * 1.2 + 1.0
            {
                break;
            }
        }
        let latency =
            Latencies::of(&round_trips).ok_or_else(|| self.silent(phase))?;
        if phase == Phase::Idle {
            let quickest = handshakes.into_iter().reduce(f64::min);
            self.observer.is_direct = quickest
                .is_some_and(|ms| ms + NEAR_MS > latency.minimum_ms / 2.0);
        }
        Ok(latency)
    }

    // ANCHOR: load
    /// Loads one direction until the latency has settled.
    fn load(&mut self, direction: Direction) -> Result<UnderLoad, Error> {
        let phase = Phase::from(direction);
        let budget = self.budget(phase)?;
        let counter = LossCounter::start(self.target.address()).ok();
        let most_flows = self.settings.most_flows.max(1);
        let flows = FLOWS.min(most_flows);
        let load = Load::start_within(&self.target, direction, flows, budget)?;
        let end = Instant::now() + self.settings.most_seconds;
        let mut convergence = Convergence::default();
        let mut seconds: Vec<Second> = Vec::new();
        let settled = loop {
            let second = self.observer.observe(
                phase,
                Duration::from_secs(1),
                Some(&load),
            )?;
            let grows = match seconds.last() {
                Some(before) => second.bps() > before.bps() * GROWTH,
                None => true,
            };
            let level = convergence.add(second.median_ms());
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
        // ANCHOR_END: load
        let (bytes, flows) = (load.bytes(), load.flows());
        self.bytes_moved += bytes;
        load.stop();
        let loss = counter.and_then(LossCounter::finish);
        let totals = LoadTotals { settled, loss, flows, bytes };
        let server = &self.settings.server;
        summarize(phase, server, &seconds, totals)
    }

    /// How many bytes a direction may move.
    fn budget(&self, phase: Phase) -> Result<u64, Error> {
        let most_bytes = self.settings.most_bytes;
        let budget = match phase {
            Phase::Download => most_bytes / 2,
            _ => most_bytes.saturating_sub(self.bytes_moved),
        };
        match budget {
            0 => Err(Error::Budget { phase, most_bytes }),
            budget => Ok(budget),
        }
    }

    fn silent(&self, phase: Phase) -> Error {
        Error::Silent { phase, server: self.settings.server.clone() }
    }
}
