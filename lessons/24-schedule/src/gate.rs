//! The gate between probes and whatever fills the line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Keeps probes and speed tests apart: a ping that waits behind a full line
/// measures the test and not the network.
///
/// Any number of passes may be under way together. A load waits for those
/// under way to end, and from the moment it waits no new one begins, so it
/// never starves. A pass that was due meanwhile is skipped: a gap in the
/// history, not a loss. Loads run one at a time, in the order in which
/// they asked.
///
/// This is a read-write lock that is fair to writers, with the one thing that
/// a lock does not say: why it is shut.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    // Tokio's lock gives its permits in the order of asking: from the moment
    // a writer waits, `try_read` fails.
    lock: Arc<RwLock<()>>,
    reasons: Arc<Mutex<Vec<Arc<str>>>>,
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
    _reason: Reason,
    _permit: OwnedRwLockWriteGuard<()>,
}

/// Why a load keeps passes out, listed from the moment it waits until it
/// ends.
#[derive(Debug)]
struct Reason {
    text: Arc<str>,
    all: Arc<Mutex<Vec<Arc<str>>>>,
}

impl Gate {
    /// An open gate.
    pub fn new() -> Gate {
        Gate::default()
    }

    // ANCHOR: pass
    /// The right to probe now, or nothing while a load runs or waits: the
    /// pass is then to be skipped.
    pub fn pass(&self) -> Option<Pass> {
        let permit = self.lock.clone().try_read_owned().ok()?;
        Some(Pass { _permit: permit })
    }
    // ANCHOR_END: pass

    // ANCHOR: load
    /// Waits for the passes under way and for other loads. `why` is what a
    /// person is told from the call on, such as `speed test running`.
    /// Dropping the future gives the place in the queue back.
    pub fn load(&self, why: &str) -> impl Future<Output = Load> + use<> {
        let reason = Reason { text: why.into(), all: self.reasons.clone() };
        lock(&self.reasons).push(reason.text.clone());
        let permit = self.lock.clone().write_owned();
        async move { Load { _permit: permit.await, _reason: reason } }
    }
    // ANCHOR_END: load

    /// Why no pass may begin, or nothing when one may.
    pub fn paused(&self) -> Option<String> {
        lock(&self.reasons).first().map(|text| text.to_string())
    }
}

impl Drop for Reason {
    fn drop(&mut self) {
        lock(&self.all).retain(|text| !Arc::ptr_eq(text, &self.text));
    }
}

/// A poisoned lock is taken all the same: no panic leaves the list half
/// changed.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
