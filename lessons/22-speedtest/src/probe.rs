use crate::figures::median;
use crate::{Latency, Target};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a round trip under load may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Round trips begin no faster one after the other.
const PACE: Duration = Duration::from_millis(25);

/// Measures round trips in a thread of its own, as long as it lives.
pub(crate) struct Probe {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// When each ended, and how long it took: seconds, milliseconds.
    round_trips: Vec<(f64, f64)>,
    /// When the one began that has not ended yet.
    open: Option<Instant>,
}

impl Probe {
    /// Starts the thread. Without one there are no round trips, and that is
    /// what the figures say then.
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
        let seen = self.shared.seen();
        let late = seen.round_trips.iter().filter(|(at, _)| *at >= seconds);
        late.map(|(_, milliseconds)| *milliseconds).collect()
    }

    /// The middle one of the last three round trips, in milliseconds: a
    /// single one may have been lost and sent again, or have met a gap. Or
    /// the one that has not ended, when that takes longer already.
    pub fn late(&self) -> Option<f64> {
        let seen = self.shared.seen();
        let late = seen.round_trips.last_chunk::<3>()?.map(|(_, took)| took);
        let open = seen.open.map(|begun| milliseconds(begun.elapsed()));
        median(&late).map(|late| late.max(open.unwrap_or_default()))
    }

    /// The last one.
    pub fn last(&self) -> Option<f64> {
        self.shared.seen().round_trips.last().map(|(_, taken)| *taken)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Relaxed);
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn probe(&self, target: &Target, begun: Instant) {
        let mut latency = None;
        while !self.stopping.load(Relaxed) {
            let start = Instant::now();
            self.seen().open = Some(start);
            // What is lost on a full link is only a round trip without a
            // figure. Whether the server is there, the load knows.
            let asked = match latency.take() {
                Some(latency) => Ok(latency),
                None => Latency::connect(target, PATIENCE),
            };
            if let Ok(mut connected) = asked
                && let Ok(taken) = connected.round_trip(PATIENCE)
            {
                let at = begun.elapsed().as_secs_f64();
                self.seen().round_trips.push((at, milliseconds(taken)));
                latency = Some(connected);
            }
            self.seen().open = None;
            thread::sleep(PACE.saturating_sub(start.elapsed()));
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
