//! The connections: which are open, and what they subscribe to.

use std::io;

use super::Machine;
use crate::fault::Fault;
use crate::subscribers::Subscriber;

const MOST_CONNECTIONS: usize = 64;

impl Machine {
    /// Takes a new connection on; false when there are too many already.
    pub fn connect(&self, id: u64, subscriber: Subscriber) -> bool {
        let mut state = self.lock();
        let room = state.subscribers.0.len() < MOST_CONNECTIONS;
        if !room || state.stopping {
            return false;
        }
        state.subscribers.0.insert(id, subscriber);
        true
    }

    /// Forgets a connection that has ended.
    pub fn disconnect(&self, id: u64) {
        let mut state = self.lock();
        state.subscribers.0.remove(&id);
        self.notify(&mut state);
    }

    /// Changes what a connection subscribes to.
    pub fn subscribe(&self, id: u64, change: impl FnOnce(&mut Subscriber)) {
        if let Some(subscriber) = self.lock().subscribers.0.get_mut(&id) {
            change(subscriber);
        }
    }

    /// Returns when the machine is not silent. An error when it stops.
    pub fn wait_while_silent(&self) -> io::Result<()> {
        let mut state = self.lock();
        while state.fault == Fault::Silent && !state.stopping {
            state = self.wait(state);
        }
        state.check_power()
    }
}
