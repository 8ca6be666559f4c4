//! The figures of one direction, from what was observed in its seconds.

use crate::observer::Second;
use crate::{Error, Latencies, Loss, Phase, Probes, UnderLoad};

/// The number of last seconds from which the latency is taken.
const LAST: usize = 3;
/// A rate below this, in bytes per second, loads no line.
const NO_LOAD: f64 = 1_000.0;

/// The totals of a load that has ended.
pub(crate) struct LoadTotals {
    pub settled: bool,
    pub loss: Option<Loss>,
    pub flows: usize,
    pub bytes: u64,
}

/// Latency, responsiveness and rate of a direction.
pub(crate) fn summarize(
    phase: Phase,
    server: &str,
    seconds: &[Second],
    totals: LoadTotals,
) -> Result<UnderLoad, Error> {
    let LoadTotals { settled, loss, flows, bytes } = totals;
    let silent = || Error::Silent { phase, server: server.to_owned() };

    // In front of a very long buffer a round trip takes seconds, and the last
    // seconds may have none: then earlier ones count.
    let answered =
        |second: &Second| second.round_trips_ms.iter().any(Option::is_some);
    let end = seconds.iter().rposition(answered).ok_or_else(silent)? + 1;
    let mut round_trips = Vec::new();
    let mut probes = Probes::default();
    for second in &seconds[end.saturating_sub(LAST)..end] {
        round_trips.extend(&second.round_trips_ms);
        probes.connect_ms.extend(&second.probes.connect_ms);
        probes.tls_ms.extend(&second.probes.tls_ms);
        probes.request_ms.extend(&second.probes.request_ms);
        probes.loaded_ms.extend(&second.probes.loaded_ms);
    }
    let latency = Latencies::of(&round_trips).ok_or_else(silent)?;

    // The first second is the ramp. What a lost packet holds back comes all at
    // once: over all other seconds that matters least.
    let after_ramp = &seconds[usize::from(seconds.len() > 1)..];
    let moved: u64 = after_ramp.iter().map(|second| second.bytes).sum();
    let took: f64 = after_ramp.iter().map(|second| second.seconds).sum();
    if moved as f64 / took < NO_LOAD {
        let server = server.to_owned();
        return Err(Error::NoLoad { phase, server, bytes });
    }
    Ok(UnderLoad {
        latency,
        settled,
        responsiveness: probes.responsiveness(),
        loss,
        bps: moved as f64 * 8.0 / took,
        flows,
        bytes,
    })
}
