//! When a rate is steady, and since when.

use crate::samples::{PACKET, Reading, SAMPLE, Samples, rate};

/// This number of windows must agree ...
const WINDOWS: usize = 3;
/// ... each of this number of samples, or of two, four, eight times as many:
/// what wanders in a short one may be steady over a long one ...
const WINDOW: usize = 8;
/// ... to this part of their mean ...
const AGREEMENT: f64 = 0.02;
/// ... or to so many packets, which is more where a window has few ...
const PACKETS: f64 = 1.5;
/// ... and it never has fewer than these.
const LEAST_PACKETS: f64 = 20.0;

// ANCHOR: steady
/// The length of windows, in samples, of which the last three agree. None of
/// them began before `since`, and none is shorter than `shortest`, in seconds.
pub(crate) fn steady_window(
    samples: &Samples,
    since: f64,
    shortest: f64,
) -> Option<usize> {
    let readings = samples.readings();
    let mut window = WINDOW;
    while readings.len() > WINDOWS * window {
        let last = &readings[readings.len() - WINDOWS * window - 1..];
        let edges: Vec<Reading> =
            last.iter().step_by(window).copied().collect();
        let seconds = edges[1].0 - edges[0].0;
        if edges[0].0 < since {
            break;
        }
        let mut rates = Vec::new();
        for edge in edges.windows(2) {
            rates.extend(rate(edge[0], edge[1]));
        }
        // A reading comes a little late or early.
        let long = seconds * 1.05 >= shortest;
        if long && rates.len() == WINDOWS && agree(&rates, seconds) {
            return Some(window);
        }
        window *= 2;
    }
    None
}

/// Whether all rates of windows of this length lie within 2 % of each other,
/// or within a packet or two of twenty and more.
fn agree(rates: &[f64], seconds: f64) -> bool {
    let highest = rates.iter().copied().fold(f64::MIN, f64::max);
    let lowest = rates.iter().copied().fold(f64::MAX, f64::min);
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    let packet = PACKET * 8.0 / seconds;
    let enough = lowest >= LEAST_PACKETS * packet;
    enough && highest - lowest <= (AGREEMENT * mean).max(PACKETS * packet)
}
// ANCHOR_END: steady

/// Whether the rate is steady in windows of any length.
pub(crate) fn is_steady(samples: &Samples, since: f64, shortest: f64) -> bool {
    steady_window(samples, since, shortest).is_some()
}

/// Since when a rate that has just become steady has been so: since the end
/// of the ramp, if the slope since then agrees, too, or else since the first
/// of the windows. Three windows may agree by chance, with a burst in one
/// whose pause lies before it; the longer span has both.
pub(crate) fn steady_since(
    samples: &Samples,
    end_of_ramp: f64,
    shortest: f64,
) -> f64 {
    let window = steady_window(samples, end_of_ramp, shortest);
    let needed = WINDOWS * window.unwrap_or(WINDOW);
    let needed = needed as f64 * SAMPLE.as_secs_f64();
    let first_window = samples.last().0 - needed;
    let whole = samples.slope(end_of_ramp).unwrap_or_default();
    let windows = samples.slope(first_window).unwrap_or_default();
    if agree(&[whole, windows], needed) {
        end_of_ramp.min(first_window)
    } else {
        first_window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::samples;

    /// Bytes of a sample, so many that a single packet is little.
    const MANY: u64 = 100_000;

    #[test]
    fn a_rate_is_steady_after_three_windows_that_agree() {
        assert!(!is_steady(&samples([MANY; 23]), 0.0, 0.0));
        assert!(is_steady(&samples([MANY; 24]), 0.0, 0.0));
    }

    #[test]
    fn the_ramp_does_not_count() {
        let ramp = (0..16).map(|step| step * MANY / 10);
        let ramp = ramp.chain([2 * MANY; 24]);
        assert!(!is_steady(&samples(ramp.clone().take(39)), 0.0, 0.0));
        assert!(is_steady(&samples(ramp.clone()), 0.8 - 0.001, 0.0));
        assert!(!is_steady(&samples(ramp), 0.9, 0.0));
    }

    #[test]
    fn what_agrees_with_the_steady_rate_counts_as_well() {
        // A pause and the burst after it, then 24 steady samples: three
        // windows can begin between the two.
        let pause = [0, 2 * MANY].into_iter().chain([MANY; 24]);
        assert_eq!(steady_since(&samples(pause), 0.0, 0.0), 0.0);
        // A ramp is something else.
        let ramp = [MANY / 10; 20].into_iter().chain([MANY; 24]);
        let since = steady_since(&samples(ramp), 0.0, 0.0);
        assert!((since - 1.0).abs() < 0.001, "{since}");
    }

    #[test]
    fn a_rate_that_wanders_is_not_steady() {
        let wander =
            (0..24).map(|step| if step < 12 { MANY } else { MANY + 3_000 });
        assert!(!is_steady(&samples(wander), 0.0, 0.0));
    }

    #[test]
    fn what_wanders_in_short_windows_may_be_steady_over_long_ones() {
        // Up and down by a tenth, each for 0.3 s.
        let saw = |step| if step / 6 % 2 == 0 { MANY } else { MANY * 9 / 10 };
        assert!(!is_steady(&samples((0..24).map(saw)), 0.0, 0.0));
        let long = samples((0..96).map(saw));
        assert!(steady_window(&long, 0.0, 0.0).is_some_and(|it| it > 8));
    }

    #[test]
    fn a_handful_of_packets_is_no_rate() {
        // A packet in each second sample: 12 Kbit in a tenth of a second.
        let slow = |count| {
            samples((0..count).map(|step| if step % 2 == 0 { 1448 } else { 0 }))
        };
        assert!(!is_steady(&slow(24), 0.0, 0.0), "four in each window");
        assert!(is_steady(&slow(200), 0.0, 0.0));
    }

    #[test]
    fn windows_are_as_long_as_the_line_needs() {
        let steady = samples([MANY; 40]);
        assert!(!is_steady(&steady, 0.0, 0.8));
        assert!(is_steady(&samples([MANY; 48]), 0.0, 0.8));
    }

    #[test]
    fn nothing_is_not_steady() {
        assert!(!is_steady(&samples([0; 40]), 0.0, 0.0));
    }
}
