//! Responsiveness in round trips per minute, as
//! draft-ietf-ippm-responsiveness-09 defines it.

use serde::{Deserialize, Serialize};
use statistics::{Sorted, nearest_rank};

/// The measurements of the probes under load in one direction, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Probes {
    /// How long new connections took to open (`tcp_f`).
    pub connect_ms: Vec<f64>,
    /// A round trip of their TLS handshakes (`tls_f`). Empty without TLS.
    pub tls_ms: Vec<f64>,
    /// How long a request took on such a new connection (`http_f`).
    pub request_ms: Vec<f64>,
    /// The round trip on the connections that carry the load (`http_l`).
    /// HTTP/1.1 permits no request there meanwhile, so this is TCP's own
    /// estimate, as the draft allows. Empty where the system gives none.
    pub loaded_ms: Vec<f64>,
}

/// Round trips per minute under load; more is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Responsiveness {
    /// The mean of `foreign` and `loaded`, or `foreign` where it is alone.
    pub rpm: f64,
    /// On connections of their own: what a new page gets.
    pub foreign: f64,
    /// On the loaded connections: what a film gets when you skip ahead.
    pub loaded: Option<f64>,
}

impl Probes {
    // ANCHOR: rpm
    /// Each step of a new connection weighs the same, three with TLS and two
    /// without; then each kind of connection weighs the same (the draft's
    /// section "Aggregating the Measurements"). `None` without probes.
    #[must_use]
    pub fn responsiveness(&self) -> Option<Responsiveness> {
        let connect = trimmed_mean(&self.connect_ms)?;
        let request = trimmed_mean(&self.request_ms)?;
        let steps = match trimmed_mean(&self.tls_ms) {
            Some(tls) => (connect + tls + request) / 3.0,
            None => (connect + request) / 2.0,
        };
        let foreign = 60_000.0 / steps;
        let loaded = trimmed_mean(&self.loaded_ms).map(|ms| 60_000.0 / ms);
        let rpm = loaded.map_or(foreign, |loaded| (foreign + loaded) / 2.0);
        Some(Responsiveness { rpm, foreign, loaded })
    }
    // ANCHOR_END: rpm
}

/// The mean of all but the worst 5 % (the draft's single-sided trimmed mean,
/// TMP = 95 %).
#[must_use]
pub fn trimmed_mean(values: &[f64]) -> Option<f64> {
    let sorted: Sorted = values.iter().copied().collect();
    let kept = nearest_rank(values.len(), 95)?;
    let best = &sorted.values()[..kept];
    Some(best.iter().sum::<f64>() / kept as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_twenty_is_left_out() {
        let mut values = vec![10.0; 19];
        values.push(9_000.0);
        assert_eq!(trimmed_mean(&values), Some(10.0));
        assert_eq!(trimmed_mean(&[7.0]), Some(7.0));
        assert_eq!(trimmed_mean(&[]), None);
    }

    #[test]
    fn a_round_trip_of_a_tenth_of_a_second_is_six_hundred_a_minute() {
        let probes = Probes {
            connect_ms: vec![100.0],
            tls_ms: vec![100.0],
            request_ms: vec![100.0],
            loaded_ms: vec![100.0],
        };
        let found = probes.responsiveness().expect("probes");
        assert!((found.rpm - 600.0).abs() < 1e-9);
        assert!((found.foreign - 600.0).abs() < 1e-9);
    }

    #[test]
    fn own_and_foreign_connections_weigh_the_same() {
        let mut probes = Probes {
            connect_ms: vec![50.0],
            tls_ms: Vec::new(),
            request_ms: vec![150.0],
            loaded_ms: vec![300.0],
        };
        let found = probes.responsiveness().expect("probes");
        assert!((found.rpm - 400.0).abs() < 1e-9);

        // A third step, where there is TLS.
        probes.tls_ms.push(400.0);
        let found = probes.responsiveness().expect("probes");
        assert!((found.foreign - 300.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_measured_is_no_figure() {
        assert_eq!(Probes::default().responsiveness(), None);
    }
}
