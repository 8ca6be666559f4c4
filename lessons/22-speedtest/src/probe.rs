//! Round trips under load.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use statistics::median;

use crate::{Latency, Target};

/// How long a round trip under load may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// Round trips begin no faster one after the other.
const PACE: Duration = Duration::from_millis(25);

/// Measures round trips in a thread of its own, as long as it lives.
pub(crate) struct Probe {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    round_trips: Mutex<RoundTrips>,
}

#[derive(Default)]
struct RoundTrips {
    /// When each ended, and how long it took: seconds, milliseconds.
    ended: Vec<(f64, f64)>,
    /// When the one began that has not ended yet.
    open: Option<Instant>,
}

impl Probe {
    /// Starts the thread. If the system has none to give, there are no round
    /// trips, and the report says so.
    pub fn start(target: &Target) -> Probe {
        let begun = Instant::now();
        let shared = Arc::new(Shared::default());
        let probe = Probe { shared: shared.clone() };
        let target = target.clone();
        let _ = thread::Builder::new()
            .name("latency".to_owned())
            .spawn(move || shared.probe(&target, begun));
        probe
    }

    /// The round trips since a time, in milliseconds.
    pub fn since(&self, seconds: f64) -> Vec<f64> {
        let round_trips = self.shared.round_trips();
        let late = round_trips.ended.iter().filter(|(at, _)| *at >= seconds);
        late.map(|(_, milliseconds)| *milliseconds).collect()
    }

    /// The median of the last three round trips, in milliseconds: a single one
    /// may have been lost and sent again, or have met a gap. Or the time of
    /// the one that has not ended, when it takes longer already.
    pub fn recent(&self) -> Option<f64> {
        let round_trips = self.shared.round_trips();
        let open = round_trips.open.map(|begun| milliseconds(begun.elapsed()));
        let recent = round_trips.ended.last_chunk::<3>();
        let recent = recent.and_then(|it| median(it.map(|(_, took)| took)));
        match (recent, open) {
            (Some(recent), Some(open)) => Some(recent.max(open)),
            // Where three take many seconds, the first one tells.
            (None, open) => open,
            (recent, None) => recent,
        }
    }

    /// The last one.
    pub fn last(&self) -> Option<f64> {
        self.shared.round_trips().ended.last().map(|(_, taken)| *taken)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Relaxed);
    }
}

impl Shared {
    fn round_trips(&self) -> MutexGuard<'_, RoundTrips> {
        self.round_trips.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn probe(&self, target: &Target, begun: Instant) {
        let mut latency = None;
        while !self.stopping.load(Relaxed) {
            let start = Instant::now();
            self.round_trips().open = Some(start);
            // A packet that is lost on a full link costs a round trip, no more.
            // That the server is gone is noticed by the load.
            let connected = match latency.take() {
                Some(latency) => Ok(latency),
                None => Latency::connect(target, PATIENCE),
            };
            if let Ok(mut connected) = connected
                && let Ok(taken) = connected.round_trip(PATIENCE)
            {
                let at = begun.elapsed().as_secs_f64();
                self.round_trips().ended.push((at, milliseconds(taken)));
                latency = Some(connected);
            }
            self.round_trips().open = None;
            thread::sleep(PACE.saturating_sub(start.elapsed()));
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
