//! The stop: ends a child from outside, at once.

use std::sync::{Arc, Mutex, MutexGuard, Weak};

use super::watchdog::Watchdog;

/// Ends the drawing of a document. A clone stops the same drawing, so one
/// thread can wait for [`print`](super::print) and another stop it.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_stopped: bool,
    child: Weak<Watchdog>,
}

impl Stop {
    /// Kills the child, whatever it does, and every child that would come
    /// after it. Whoever waits in [`print`](super::print) gets
    /// [`Error::Stopped`](crate::Error::Stopped).
    pub fn stop(&self) {
        let mut state = self.state();
        state.is_stopped = true;
        if let Some(child) = state.child.upgrade() {
            child.kill();
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().is_stopped
    }

    /// This child is to be killed by a stop, also by one that came before.
    pub(super) fn attach(&self, child: &Arc<Watchdog>) {
        let mut state = self.state();
        state.child = Arc::downgrade(child);
        if state.is_stopped {
            child.kill();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with the lock")
    }
}
