//! What a monitor publishes while it runs.

use tokio::sync::{broadcast, watch};

use crate::api::Event;

/// How many events a listener may be behind before it misses some.
const BACKLOG: usize = 4_096;

/// Where a monitor publishes its events, and says that its status is another
/// one now. Clones publish to the same listeners.
#[derive(Debug, Clone)]
pub struct Feed {
    events: broadcast::Sender<Event>,
    status: ChangeSignal,
}

/// Says that something has changed, and not what: whoever watches looks for
/// themselves. Many changes before a look are one. Clones are the same signal.
#[derive(Debug, Clone)]
pub struct ChangeSignal(watch::Sender<()>);

impl ChangeSignal {
    /// A signal that nobody watches yet.
    pub fn new() -> ChangeSignal {
        ChangeSignal(watch::Sender::new(()))
    }

    /// Wakes everyone who watches.
    pub fn notify(&self) {
        self.0.send_replace(());
    }

    /// Watches from now on.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

impl Default for ChangeSignal {
    fn default() -> ChangeSignal {
        ChangeSignal::new()
    }
}

impl Feed {
    /// A feed without listeners.
    pub fn new() -> Feed {
        let events = broadcast::Sender::new(BACKLOG);
        Feed { events, status: ChangeSignal::new() }
    }

    /// Publishes an event. That nobody listens is no error.
    pub fn publish(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Says that the status is another one now.
    pub fn status_changed(&self) {
        self.status.notify();
    }

    /// The events from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The changes of the status from now on.
    pub fn status(&self) -> &ChangeSignal {
        &self.status
    }
}

impl Default for Feed {
    fn default() -> Feed {
        Feed::new()
    }
}
