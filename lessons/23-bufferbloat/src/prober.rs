//! Round trips while something else goes on, each kind on a thread of its own.

use speedtest::{Latency, Opening, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How long a round trip may take before it counts as lost: buffers of many
/// seconds exist.
const PATIENCE: Duration = Duration::from_secs(15);
/// From one round trip to the next, when they are quicker than that.
const PACE: Duration = Duration::from_millis(25);
/// From one new connection to the next: they cost more.
const SLOW_PACE: Duration = Duration::from_millis(100);

/// What a prober saw, and when it had asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen {
    /// A round trip on the prober's own connection; nothing when it was lost.
    RoundTrip { asked: Instant, took: Option<Duration> },
    /// A new connection: how long it took to open, and its first request.
    Foreign { opening: Opening, request: Duration },
}

/// The probers of one measurement. Dropped, they stop, each after the answer
/// that it waits for; nobody waits for them.
pub(crate) struct Prober {
    stop: Arc<AtomicBool>,
    seen: Receiver<Seen>,
}

impl Prober {
    /// Begins to ask.
    pub(crate) fn start(target: &Target) -> Prober {
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, seen) = mpsc::channel();
        let asks: [fn(&Target, &AtomicBool, &Sender<Seen>); 2] =
            [ask_again_and_again, knock_again_and_again];
        for ask in asks {
            let (target, stop) = (target.clone(), stop.clone());
            let tell = tell.clone();
            thread::spawn(move || ask(&target, &stop, &tell));
        }
        Prober { stop, seen }
    }

    /// The next that is seen, or nothing within `most`.
    pub(crate) fn next(&self, most: Duration) -> Option<Seen> {
        self.seen.recv_timeout(most).ok()
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Round trips on one connection, which carries nothing else.
fn ask_again_and_again(
    target: &Target,
    stop: &AtomicBool,
    tell: &Sender<Seen>,
) {
    let mut connection = None;
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let took = match &mut connection {
            Some(open) => Latency::round_trip(open, PATIENCE),
            None => match Latency::connect(target, PATIENCE) {
                Ok(open) => {
                    connection = Some(open);
                    continue;
                }
                Err(error) => Err(error),
            },
        };
        if took.is_err() {
            connection = None;
        }
        let seen = Seen::RoundTrip { asked, took: took.ok() };
        if tell.send(seen).is_err() {
            return;
        }
        thread::sleep(PACE.saturating_sub(asked.elapsed()));
    }
}

/// A new connection each time, as a browser that opens a page.
fn knock_again_and_again(
    target: &Target,
    stop: &AtomicBool,
    tell: &Sender<Seen>,
) {
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        if let Ok(mut open) = Latency::connect(target, PATIENCE) {
            let opening = open.opening();
            if let Ok(request) = open.round_trip(PATIENCE)
                && tell.send(Seen::Foreign { opening, request }).is_err()
            {
                return;
            }
        }
        thread::sleep(SLOW_PACE.saturating_sub(asked.elapsed()));
    }
}
