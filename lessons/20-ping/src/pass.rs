//! A pass: every target is asked at the same time.

use std::panic;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{self, Instant};

use crate::host::Host;
use crate::sockets::Sockets;
use crate::{Report, Settings, Target};

/// Asks all targets at the same time and reports in their order.
///
/// It takes as long as its slowest host: at most the time for a name, the
/// intervals between a host's probes, and one time-out. Dropped, it stops.
///
/// # Panics
/// Outside a tokio runtime with I/O and time.
pub async fn pass(targets: &[Target], settings: &Settings) -> Vec<Report> {
    let mut pass = Pass::begin(targets, settings);
    let mut reports = Vec::new();
    while let Some(report) = pass.next().await {
        reports.push(report);
    }
    reports.sort_by_key(|(index, _)| *index);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// A pass that reports each host as soon as it is done. Dropped, it stops.
pub struct Pass {
    hosts: JoinSet<(usize, Report)>,
}

impl Pass {
    // ANCHOR: begin
    /// Begins to ask all targets at the same time.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub fn begin(targets: &[Target], settings: &Settings) -> Pass {
        let sockets = Arc::new(Sockets::default());
        let mut start = Instant::now();
        let mut hosts = JoinSet::new();
        for (index, target) in targets.iter().enumerate() {
            let host = Host {
                target: target.clone(),
                settings: settings.clone(),
                sockets: Arc::clone(&sockets),
            };
            hosts.spawn(async move {
                time::sleep_until(start).await;
                (index, host.report().await)
            });
            start += settings.gap;
        }
        Pass { hosts }
    }
    // ANCHOR_END: begin

    // ANCHOR: next
    /// The next report, with its target's index in the list; reports come as
    /// they are done. `None` when all are there. No report is lost when the
    /// future is dropped.
    pub async fn next(&mut self) -> Option<(usize, Report)> {
        match self.hosts.join_next().await? {
            Ok(report) => Some(report),
            Err(error) => panic::resume_unwind(error.into_panic()),
        }
    }
    // ANCHOR_END: next
}
