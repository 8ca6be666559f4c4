//! When a rate is steady, and since when.

use crate::samples::{Reading, SAMPLE, Samples, rate};

/// This number of windows must agree ...
const WINDOWS: usize = 3;
/// ... each of this number of samples ...
const WINDOW: usize = 8;
/// ... to this part of their mean.
const AGREEMENT: f64 = 0.02;
/// The time that the windows take, in seconds.
const NEEDED: f64 =
    (WINDOWS * WINDOW) as f64 * SAMPLE.as_millis() as f64 / 1000.0;

// ANCHOR: steady
/// Whether the rates of the last three windows agree, none of which began
/// before `since`.
pub(crate) fn is_steady(samples: &Samples, since: f64) -> bool {
    let readings = samples.readings();
    if readings.len() <= WINDOWS * WINDOW {
        return false;
    }
    let last = &readings[readings.len() - WINDOWS * WINDOW - 1..];
    let edges: Vec<Reading> = last.iter().step_by(WINDOW).copied().collect();

    let mut rates = Vec::new();
    for edge in edges.windows(2) {
        rates.extend(rate(edge[0], edge[1]));
    }
    edges[0].0 >= since && rates.len() == WINDOWS && agree(&rates)
}

/// Whether all rates lie within 2 % of each other, and something moves.
fn agree(rates: &[f64]) -> bool {
    let highest = rates.iter().copied().fold(f64::MIN, f64::max);
    let lowest = rates.iter().copied().fold(f64::MAX, f64::min);
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    mean > 0.0 && highest - lowest <= AGREEMENT * mean
}
// ANCHOR_END: steady

/// Since when a rate that has just become steady has been so: since the end
/// of the ramp, if the slope since then agrees, too, or else since the first
/// of the windows. Three windows may agree by chance, with a burst in one
/// whose pause lies before it; the longer span has both.
pub(crate) fn steady_since(samples: &Samples, end_of_ramp: f64) -> f64 {
    let first_window = samples.last().0 - NEEDED;
    let whole = samples.slope(end_of_ramp).unwrap_or_default();
    let windows = samples.slope(first_window).unwrap_or_default();
    if agree(&[whole, windows]) {
        end_of_ramp.min(first_window)
    } else {
        first_window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::samples;

    #[test]
    fn a_rate_is_steady_after_three_windows_that_agree() {
        assert!(!is_steady(&samples([1000; 23]), 0.0));
        assert!(is_steady(&samples([1000; 24]), 0.0));
    }

    #[test]
    fn the_ramp_does_not_count() {
        let ramp = (0..16).map(|step| step * 100);
        let ramp = ramp.chain([2000; 24]);
        assert!(!is_steady(&samples(ramp.clone().take(39)), 0.0));
        assert!(is_steady(&samples(ramp.clone()), 0.8 - 0.001));
        assert!(!is_steady(&samples(ramp), 0.9));
    }

    #[test]
    fn what_agrees_with_the_steady_rate_counts_as_well() {
        // A pause and the burst after it, then 24 steady samples: three
        // windows can begin between the two.
        let pause = [0, 2000].into_iter().chain([1000; 24]);
        assert_eq!(steady_since(&samples(pause), 0.0), 0.0);
        // A ramp is something else.
        let ramp = [100; 20].into_iter().chain([1000; 24]);
        let since = steady_since(&samples(ramp), 0.0);
        assert!((since - 1.0).abs() < 0.001, "{since}");
    }

    #[test]
    fn a_rate_that_wanders_is_not_steady() {
        let wander = (0..24).map(|step| if step < 12 { 1000 } else { 1030 });
        assert!(!is_steady(&samples(wander), 0.0));
    }

    #[test]
    fn nothing_is_not_steady() {
        assert!(!is_steady(&samples([0; 40]), 0.0));
    }
}
