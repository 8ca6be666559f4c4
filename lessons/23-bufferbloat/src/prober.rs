//! Probers: round trips beside the load, each kind on a thread of its own, and
//! how late this machine wakes such a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use speedtest::{Latency, Opening, Target};

/// How long a round trip may take before it counts as lost: buffers of many
/// seconds exist.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The shortest time from one round trip to the next.
const INTERVAL: Duration = Duration::from_millis(25);
/// The shortest time from one new connection to the next: they cost more.
const CONNECTION_INTERVAL: Duration = Duration::from_millis(100);
/// The sleep of the thread that measures how late threads wake.
const NAP: Duration = Duration::from_millis(10);

/// One measurement of a prober.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe {
    /// A round trip on the prober's own connection; `None` when it was lost.
    RoundTrip { sent: Instant, took: Option<Duration> },
    /// A new connection: how long it took to open, and its first request.
    NewConnection { opening: Opening, request: Duration },
    /// How late a thread woke from a short sleep.
    Lateness(Duration),
}

/// The probers of one measurement. Dropped, they stop, each after the answer
/// that it waits for; the drop itself does not wait.
pub(crate) struct Prober {
    stop: Arc<AtomicBool>,
    probes: Receiver<Probe>,
}

impl Prober {
    /// Starts the threads.
    pub(crate) fn start(target: &Target) -> Prober {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, probes) = mpsc::channel();
        for run in [probe_one_connection, probe_new_connections, probe_machine]
        {
            let (target, stop) = (target.clone(), stop.clone());
            let sender = sender.clone();
            thread::spawn(move || run(&target, &stop, &sender));
        }
        Prober { stop, probes }
    }

    /// The next probe, if one ends within `timeout`.
    pub(crate) fn next(&self, timeout: Duration) -> Option<Probe> {
        self.probes.recv_timeout(timeout).ok()
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

// ANCHOR: probe
/// Measures round trips on one connection, which carries nothing else.
fn probe_one_connection(
    target: &Target,
    stop: &AtomicBool,
    probes: &Sender<Probe>,
) {
    let mut connection = None;
    while !stop.load(Ordering::Relaxed) {
        let sent = Instant::now();
        let took = match &mut connection {
            Some(open) => Latency::round_trip(open, TIMEOUT),
            None => match Latency::connect(target, TIMEOUT) {
                Ok(open) => {
                    // Opening is not part of a round trip.
                    connection = Some(open);
                    continue;
                }
                Err(error) => Err(error),
            },
        };
        if took.is_err() {
            connection = None;
        }
        let probe = Probe::RoundTrip { sent, took: took.ok() };
        if probes.send(probe).is_err() {
            return;
        }
        thread::sleep(INTERVAL.saturating_sub(sent.elapsed()));
    }
}
// ANCHOR_END: probe

/// Measures new connections, such as a browser opens for a page.
fn probe_new_connections(
    target: &Target,
    stop: &AtomicBool,
    probes: &Sender<Probe>,
) {
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        if let Ok(mut open) = Latency::connect(target, TIMEOUT) {
            let opening = open.opening();
            if let Ok(request) = open.round_trip(TIMEOUT) {
                let probe = Probe::NewConnection { opening, request };
                if probes.send(probe).is_err() {
                    return;
                }
            }
        }
        thread::sleep(CONNECTION_INTERVAL.saturating_sub(start.elapsed()));
    }
}

/// Measures short sleeps, which last longer on a busy machine.
fn probe_machine(_: &Target, stop: &AtomicBool, probes: &Sender<Probe>) {
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        thread::sleep(NAP);
        let late = start.elapsed().saturating_sub(NAP);
        if probes.send(Probe::Lateness(late)).is_err() {
            return;
        }
    }
}
