//! What must not run at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, watch};

/// Keeps probes and speed tests apart: a ping that waits behind a full line
/// measures the test and not the network.
///
/// Any number of passes may be under way together. A load waits for those
/// under way to end, and from the moment it waits no new one begins, so it
/// never starves. A pass that was due meanwhile is skipped and counted: a gap
/// in the history, not a loss. Loads run one at a time, in the order in which
/// they asked.
///
/// This is a read-write lock that is fair to writers, with the two things
/// that a lock does not say: why it is shut, and how often it was found so.
#[derive(Debug, Clone)]
pub struct Gate {
    // Tokio's lock gives its permits in the order of asking: from the moment
    // a writer waits, `try_read` fails.
    lock: Arc<RwLock<()>>,
    shut: watch::Sender<Option<String>>,
    skipped: Arc<AtomicU64>,
}

/// The right to probe; ends when dropped.
#[derive(Debug)]
pub struct Pass {
    _permit: OwnedRwLockReadGuard<()>,
}

/// The right to fill the line; ends when dropped. It may be moved into a
/// thread.
#[derive(Debug)]
pub struct Load {
    shut: watch::Sender<Option<String>>,
    _permit: OwnedRwLockWriteGuard<()>,
}

impl Default for Gate {
    fn default() -> Gate {
        Gate::new()
    }
}

impl Gate {
    /// An open gate.
    pub fn new() -> Gate {
        Gate {
            lock: Arc::default(),
            shut: watch::Sender::new(None),
            skipped: Arc::default(),
        }
    }

    /// The right to probe now, or nothing while a load runs or waits: the
    /// pass is then to be skipped, and has been counted.
    pub fn pass(&self) -> Option<Pass> {
        match self.lock.clone().try_read_owned() {
            Ok(permit) => Some(Pass { _permit: permit }),
            Err(_) => {
                self.skipped.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// Waits for the passes under way and for other loads, then shuts the
    /// gate. `why` is what a person is told, such as `speed test running`.
    /// Dropping the future gives the place in the queue back.
    pub async fn load(&self, why: &str) -> Load {
        let permit = self.lock.clone().write_owned().await;
        self.shut.send_replace(Some(why.to_owned()));
        Load { shut: self.shut.clone(), _permit: permit }
    }

    /// Why the gate is shut, or nothing when it is open.
    pub fn paused(&self) -> Option<String> {
        self.shut.borrow().clone()
    }

    /// Follows [`Gate::paused`].
    pub fn subscribe(&self) -> watch::Receiver<Option<String>> {
        self.shut.subscribe()
    }

    /// How many passes were skipped since the start.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // Before the permit goes, or it could hide the next load's words.
        self.shut.send_replace(None);
    }
}
