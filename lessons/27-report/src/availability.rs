//! What part of the time a target was available.

use crate::TargetReport;

/// The share of time without an outage, from 0 to 1, measured with two rulers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Availability {
    /// Of the measured time.
    pub measured: f64,
    /// Of the whole period, if every gap was an outage.
    pub at_least: f64,
    /// Of the whole period, if no gap was an outage.
    pub at_most: f64,
}

impl Availability {
    // ANCHOR: availability
    /// Of a target, in a period whose ends are in Unix milliseconds. Nothing
    /// where nothing was measured.
    pub fn of(
        target: &TargetReport,
        from: i64,
        to: i64,
    ) -> Option<Availability> {
        if target.measured <= 0 || to <= from {
            return None;
        }
        let mut down = 0;
        for outage in &target.outages {
            down += outage.length(to);
        }
        let (measured, period) = (target.measured as f64, (to - from) as f64);
        let up = (measured - down as f64).max(0.0);
        let unknown = (period - measured).max(0.0);
        Some(Availability {
            measured: up / measured,
            at_least: (up / period).min(1.0),
            at_most: ((up + unknown) / period).min(1.0),
        })
    }
    // ANCHOR_END: availability
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HOUR, Outage};

    #[test]
    fn a_gap_is_left_out_or_makes_the_availability_uncertain() {
        let outage =
            Outage { to: Some(3 * HOUR), ..Outage::beginning(2 * HOUR) };
        let target = TargetReport {
            measured: 4 * HOUR,
            outages: vec![outage],
            ..TargetReport::default()
        };
        let found = Availability::of(&target, 0, 10 * HOUR).expect("measured");
        assert_eq!(found.measured, 0.75);
        assert_eq!((found.at_least, found.at_most), (0.3, 0.9));
    }

    #[test]
    fn of_nothing_measured_there_is_no_availability() {
        let target = TargetReport::default();
        assert_eq!(Availability::of(&target, 0, HOUR), None);
    }
}
