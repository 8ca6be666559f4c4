//! The stand-in: a printer that takes over what waits for another one, which
//! has stood still for too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use job_queue::{Error, Queue, State};

use relay::{LogMessage, PrintJob};

/// How long one wait for a change lasts. It is short, as it cannot be
/// interrupted, and as the end of a pause is no change.
const WAIT: Duration = Duration::from_millis(500);

/// A printer that may fail, and the one that stands in for it then.
pub struct StandIn {
    /// The lane of the printer that may fail.
    pub from: String,
    /// The lane of the printer that stands in for it.
    pub to: String,
    /// How long the first may stand still.
    pub after: Duration,
    /// Whether the second prints this job as it was ordered, and may.
    pub takes: Box<dyn Fn(&PrintJob) -> bool + Send>,
}

/// Watches over the printers of a queue, and moves what waits.
pub struct StandIns {
    /// The queue, whose jobs wait in lanes.
    pub queue: Arc<dyn Queue>,
    /// The stand-in of each printer that has one.
    pub pairs: Vec<StandIn>,
    /// Receives what a log should hold.
    pub log: fn(LogMessage),
    /// Set it, and the watch ends.
    pub stop: Arc<AtomicBool>,
}

impl StandIns {
    /// Watches until told to stop.
    pub fn run(&self) {
        let mut seen = 0;
        let mut still_since: Vec<Option<Instant>> =
            self.pairs.iter().map(|_| None).collect();
        while !self.stop.load(Ordering::Relaxed) {
            match self.queue.wait_for_change(seen, WAIT) {
                Ok(version) => seen = version,
                // Others say so in the log.
                Err(_) => thread::sleep(WAIT),
            }
            for (pair, since) in self.pairs.iter().zip(&mut still_since) {
                // Tried again at the next look.
                let _ = self.look_at(pair, since);
            }
        }
    }

    // ANCHOR: look-at
    /// Looks at the printer of one pair, which has stood still `since` then.
    fn look_at(
        &self,
        pair: &StandIn,
        since: &mut Option<Instant>,
    ) -> Result<(), Error> {
        let Some(reason) = self.queue.lane(&pair.from).paused()? else {
            *since = None;
            return Ok(());
        };
        let since = since.get_or_insert_with(Instant::now);
        if since.elapsed() < pair.after {
            return Ok(());
        }
        // A stand-in that stands still itself helps nobody.
        if self.queue.lane(&pair.to).paused()?.is_some() {
            return Ok(());
        }
        self.take_over(pair, &reason)
    }
    // ANCHOR_END: look-at

    /// Moves what waits, in its order. A job in a worker's hands stays: it may
    /// be on paper. So does one with a PIN: its owner stands at the printer.
    fn take_over(&self, pair: &StandIn, reason: &str) -> Result<(), Error> {
        for job in self.queue.pending()?.iter().rev() {
            if job.lane != pair.from || job.state != State::Waiting {
                continue;
            }
            let Ok(order) = PrintJob::from_payload(&job.payload) else {
                continue;
            };
            let has_pin = order.pin.is_some() || order.printer_pin.is_some();
            if has_pin || !(pair.takes)(&order) {
                continue;
            }
            match self.queue.move_to(&job.id, &pair.to) {
                Ok(()) => {
                    let StandIn { from, to, .. } = pair;
                    (self.log)(LogMessage::Warning(format!(
                        "job {} goes from {from} to {to}: {reason}",
                        job.id
                    )));
                }
                // A worker was quicker, or a person called it off.
                Err(Error::NotPossible { .. } | Error::NoSuchJob(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
