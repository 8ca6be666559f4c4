//! The outages of targets, each with the traceroute that was taken in it.

use crate::traces::KeptTrace;
use dashboard::api::{Hop, Occurrence, Outage};

/// How far back outages are looked for: a year, in milliseconds.
pub(crate) const LONGEST: i64 = 366 * 24 * 60 * 60 * 1000;

/// How long after an outage has ended its traceroute may have begun, in
/// milliseconds.
const LATE: i64 = 60_000;

/// The outages of a target, each with the first traceroute taken in it, and the
/// planned work in which it began.
pub(crate) fn outages(
    target: &str,
    found: Vec<report::Outage>,
    traces: &[KeptTrace],
    windows: &[Occurrence],
) -> Vec<Outage> {
    let mut outages = Vec::new();
    for report::Outage { from, to, error, .. } in found {
        let end = to.unwrap_or(i64::MAX).saturating_add(LATE);
        let taken = traces.iter().find(|one| from <= one.at && one.at < end);
        let window = windows.iter().find(|one| {
            let covers = one.targets.is_empty()
                || one.targets.iter().any(|name| name == target);
            covers && one.from <= from && from < one.to
        });
        outages.push(Outage {
            target: target.to_owned(),
            place: "here".to_owned(),
            from,
            to,
            error,
            traceroute: taken.map(|one| one.hops.iter().map(hop).collect()),
            window: window.map(|one| one.name.clone()),
        });
    }
    outages
}

fn hop(hop: &traceroute::Hop) -> Hop {
    Hop {
        ttl: hop.ttl,
        address: hop.address.map(|address| address.to_string()),
        ms: hop.ms,
    }
}
