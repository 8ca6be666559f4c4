//! Traceroutes: taken by itself when a target goes down, and kept, so that an
//! outage can be shown with how far packets came.

use crate::context::Context;
use crate::now;
use crate::state::lock;
use history::History;
use monitor_config::{Probe, Target};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use traceroute::{Hop, trace};

/// How many targets may wait for theirs. When more go down at once, they share
/// their cause, and the ways of the first ones show it.
const WAITING: usize = 32;

/// How many are taken at once.
const AT_ONCE: usize = 4;

/// How many of one target are kept.
const KEPT: usize = 100;

/// How long the name of a host may take.
const RESOLVE: Duration = Duration::from_secs(2);

/// A traceroute, and when it was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptTrace {
    /// In Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) hops: Vec<Hop>,
}

/// The traceroutes of all targets.
pub(crate) struct Traces {
    history: Arc<History>,
    wanted: mpsc::Sender<Target>,
    /// Held while one is added to those of its target.
    adding: Mutex<()>,
}

impl Traces {
    /// The traceroutes in a history, and the targets for which one is wanted.
    pub(crate) fn new(
        history: Arc<History>,
    ) -> (Traces, mpsc::Receiver<Target>) {
        let (wanted, targets) = mpsc::channel(WAITING);
        (Traces { history, wanted, adding: Mutex::default() }, targets)
    }

    /// Asks for one, of a target that is down.
    pub(crate) fn want(&self, target: Target) {
        // Without room, enough others are taken.
        let _ = self.wanted.try_send(target);
    }

    /// Those of a target, in the order of time.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn of(
        &self,
        target: &str,
    ) -> Result<Vec<KeptTrace>, history::Error> {
        let kept = self.history.state(&key(target))?.unwrap_or_default();
        // What another version has left is left out.
        Ok(serde_json::from_str(&kept).unwrap_or_default())
    }

    fn add(&self, target: &str, one: KeptTrace) -> Result<(), history::Error> {
        let _adding = lock(&self.adding);
        let mut all = self.of(target)?;
        all.push(one);
        let old = all.len().saturating_sub(KEPT);
        all.drain(..old);
        let text = serde_json::to_string(&all).expect("plain data");
        self.history.set_state(&key(target), &text)
    }
}

/// Under which key the history keeps those of a target.
fn key(target: &str) -> String {
    format!("traceroute:{target}")
}

/// Takes a traceroute for each target that comes, a few at a time, until the
/// monitor ends.
pub(crate) async fn run(context: Context, mut wanted: mpsc::Receiver<Target>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            let place = place.expect("it is never closed");
            wanted.recv().await.map(|target| (target, place))
        };
        let (target, place) = tokio::select! {
            Some(next) = next => next,
            () = context.stopped() => return,
        };
        let shared = context.clone();
        context.tasks.spawn("traceroute", async move {
            tokio::select! {
                () = take(&shared, target) => {}
                () = shared.stopped() => {}
            }
            drop(place);
        });
    }
}

async fn take(context: &Context, target: Target) {
    let at = now();
    let Some(address) = address(&target).await else { return };
    let name = target.name;
    match trace(address).await {
        Ok(trace) => {
            let state = context.state.clone();
            let one = KeptTrace { at, hops: trace.hops };
            let added =
                spawn_blocking(move || state.traces.add(&name, one)).await;
            if let Ok(added) = added {
                context.state.check_written(added);
            }
            context.state.feed.status_changed();
        }
        Err(error) => {
            tracing::info!(target = %name, "no traceroute can be taken: {error}");
        }
    }
}

/// The address that is asked when a target is asked, if it has one.
async fn address(target: &Target) -> Option<IpAddr> {
    let host = match &target.probe {
        Probe::Ping { host, .. } | Probe::Tcp { host, .. } => host.clone(),
        Probe::Http(http) => {
            let url = Url::parse(&http.url).ok()?;
            url.host_str()?.trim_matches(['[', ']']).to_owned()
        }
        Probe::Dns { server, .. } => return Some((*server)?.ip()),
        Probe::Push { .. } => return None,
    };
    let found = timeout(RESOLVE, lookup_host((host, 0))).await;
    let mut found = found.ok()?.ok()?;
    found.next().map(|address| address.ip())
}
