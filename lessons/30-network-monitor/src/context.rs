//! What every worker needs.

use crate::probe_worker::Prober;
use crate::recorder::Measurement;
use crate::state::MonitorState;
use daemon::Tasks;
use schedule::Gate;
use tokio::sync::{mpsc, watch};

/// What every worker needs. Clones share it.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) state: MonitorState,
    /// Keeps probes and speed tests apart.
    pub(crate) gate: Gate,
    /// The way to the recorder.
    pub(crate) measurements: mpsc::Sender<Measurement>,
    pub(crate) tasks: Tasks,
    /// True when the monitor must end.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Context {
    /// What the workers need that ask targets.
    pub(crate) fn prober(&self) -> Prober {
        Prober {
            gate: self.gate.clone(),
            measurements: self.measurements.clone(),
            tasks: self.tasks.clone(),
            stopping: self.stopping.clone(),
            skipped: self.state.metrics.skipped.clone(),
        }
    }

    /// Waits until the monitor ends.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // An error says that whatever could stop it is gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}
