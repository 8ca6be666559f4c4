//! What part of the time a target was available.

use crate::span::{Span, list, overlap, total};
use crate::{Gap, TargetReport, Window};

/// The share of time without an outage, from 0 to 1, measured with two rulers.
/// Planned work is left out of both; time in which a target was unreachable is
/// not measured time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Availability {
    /// Of the measured time.
    pub measured: f64,
    /// Of the whole period, if every gap was an outage.
    pub at_least: f64,
    /// Of the whole period, if no gap was an outage.
    pub at_most: f64,
    /// How long the planned work was, in milliseconds.
    pub planned: i64,
    /// Of the measured time, if planned work is time like any other.
    pub with_planned: f64,
    /// How long the target was unreachable, in milliseconds.
    pub unreachable: i64,
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
        let period = Span { from, to };
        let down = target.outages.iter().map(|outage| outage.span(to));
        let down = list(down, period);
        let gaps = list(target.gaps.iter().map(Gap::span), period);
        let planned = list(target.windows.iter().map(Window::span), period);
        let unreachable =
            list(target.unreachable.iter().map(Gap::span), period);
        let left_out =
            list(planned.iter().chain(&unreachable).copied(), period);

        // The time that counts, and how much of it the target was away.
        let counted = |left_out: &[Span]| {
            let watched = total(left_out) - total(&overlap(left_out, &gaps));
            let away = total(&down) - total(&overlap(&down, left_out));
            (target.measured - watched, away)
        };
        let (measured, away) = counted(&left_out);
        let (all, all_away) = counted(&unreachable);
        let period = period.length() - total(&planned);
        if measured <= 0 || period <= 0 {
            return None;
        }
        let up = (measured - away).max(0) as f64;
        let unknown = (period - measured).max(0) as f64;
        let (measured, period) = (measured as f64, period as f64);
        Some(Availability {
            measured: up / measured,
            at_least: (up / period).min(1.0),
            at_most: ((up + unknown) / period).min(1.0),
            planned: total(&planned),
            with_planned: (all - all_away).max(0) as f64 / all as f64,
            unreachable: total(&unreachable),
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
