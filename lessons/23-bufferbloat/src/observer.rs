//! The observer of a line: it collects the probers' round trips, and what the
//! load moves meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use speedtest::{Load, Target};
use statistics::Sorted;

use crate::prober::{Probe, Prober};
use crate::{Error, Latencies, Phase, Point, Probes, Progress};

/// How often TCP is asked for its estimate on the loaded connections.
const ESTIMATE: Duration = Duration::from_millis(100);

/// Observes a line from the beginning of a measurement to its end.
pub(crate) struct Observer<'a> {
    prober: Prober,
    start: Instant,
    timeline: Vec<Point>,
    lateness_ms: Vec<f64>,
    /// Whether our connections end at the server: only then is TCP's estimate
    /// of the round trip one of this line.
    pub is_direct: bool,
    stop: &'a AtomicBool,
    on_progress: &'a mut dyn FnMut(&Progress),
}

/// The observations of one second, or of another stretch of time.
#[derive(Default)]
pub(crate) struct Second {
    /// In the order of sending; `None` for one that was lost.
    pub round_trips_ms: Vec<Option<f64>>,
    pub probes: Probes,
    /// Bytes that the load has moved.
    pub bytes: u64,
    /// How long it really was.
    pub seconds: f64,
}

impl<'a> Observer<'a> {
    /// Starts the probers.
    pub fn start(
        target: &Target,
        stop: &'a AtomicBool,
        on_progress: &'a mut dyn FnMut(&Progress),
    ) -> Observer<'a> {
        Observer {
            prober: Prober::start(target),
            start: Instant::now(),
            timeline: Vec::new(),
            lateness_ms: Vec::new(),
            is_direct: false,
            stop,
            on_progress,
        }
    }

    /// Observes for `duration` and reports progress.
    pub fn observe(
        &mut self,
        phase: Phase,
        duration: Duration,
        load: Option<&Load>,
    ) -> Result<Second, Error> {
        let from = Instant::now();
        let bytes_before = load.map_or(0, Load::bytes);
        let mut second = Second::default();
        let mut next_estimate = from + ESTIMATE;
        while let Some(left) = duration.checked_sub(from.elapsed()) {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            if let Some(load) = load {
                fail_without_flows(load)?;
                // Round trips over an idle line would count as loaded ones.
                if load.is_spent() {
                    break;
                }
                if self.is_direct && Instant::now() >= next_estimate {
                    let estimates = load.round_trips().into_iter();
                    second.probes.loaded_ms.extend(estimates.map(milliseconds));
                    next_estimate += ESTIMATE;
                }
            }
            if let Some(probe) = self.prober.next(left.min(ESTIMATE)) {
                self.record(phase, probe, &mut second);
            }
        }
        let bytes = load.map_or(0, Load::bytes);
        second.bytes = bytes.saturating_sub(bytes_before);
        second.seconds = from.elapsed().as_secs_f64();
        let progress = Progress {
            phase,
            seconds: self.seconds(),
            latency_ms: second.median_ms(),
            bps: second.bps(),
        };
        (self.on_progress)(&progress);
        Ok(second)
    }

    fn record(&mut self, phase: Phase, probe: Probe, second: &mut Second) {
        match probe {
            Probe::RoundTrip { sent, took } => {
                let latency_ms = took.map(milliseconds);
                let after = sent.saturating_duration_since(self.start);
                let seconds = after.as_secs_f64();
                self.timeline.push(Point { seconds, latency_ms, phase });
                second.round_trips_ms.push(latency_ms);
            }
            Probe::NewConnection { opening, request } => {
                let probes = &mut second.probes;
                probes.connect_ms.push(milliseconds(opening.tcp));
                probes.tls_ms.extend(opening.tls.map(milliseconds));
                probes.request_ms.push(milliseconds(request));
            }
            Probe::Lateness(late) => {
                self.lateness_ms.push(milliseconds(late));
            }
        }
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// The 95th percentile of the lateness, in milliseconds.
    pub fn lateness_ms(&self) -> f64 {
        let sorted: Sorted = self.lateness_ms.iter().copied().collect();
        sorted.percentile(95).unwrap_or_default()
    }

    /// Every round trip, in the order of time.
    pub fn into_timeline(self) -> Vec<Point> {
        self.timeline
    }
}

impl Second {
    /// The median round trip, if any came back.
    pub fn median_ms(&self) -> Option<f64> {
        Latencies::of(&self.round_trips_ms).map(|found| found.median_ms)
    }

    /// The rate of the load, in bits per second.
    pub fn bps(&self) -> f64 {
        self.bytes as f64 * 8.0 / self.seconds.max(f64::EPSILON)
    }
}

/// One flow of many may fail; without any there is no load.
fn fail_without_flows(load: &Load) -> Result<(), Error> {
    if load.flows() == 0
        && !load.is_spent()
        && let Some(error) = load.error()
    {
        return Err(error.into());
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
