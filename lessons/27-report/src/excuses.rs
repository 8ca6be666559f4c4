//! Excuses: what part of an outage is not to be laid to the target's charge.
//!
//! It was planned, or what the target lies behind was away: then nobody knows
//! whether the target itself was.

use crate::span::{Span, list, overlap, total};
use crate::{Gap, Outage, TargetReport, Window};

/// Notes in each target's report, and in its outages, which planned work
/// concerns it, and when it was unreachable.
pub(crate) fn excuse(
    targets: &mut [TargetReport],
    windows: &[Window],
    period: Span,
) {
    for at in 0..targets.len() {
        let name = &targets[at].name;
        let planned: Vec<Window> =
            windows.iter().filter(|it| it.is_for(name)).cloned().collect();
        let away = times_away(targets, &targets[at], period);
        let target = &mut targets[at];
        target.windows = planned;
        let planned = list(target.windows.iter().map(Window::span), period);
        for outage in &mut target.outages {
            let down = [outage.span(period.to)];
            outage.planned = total(&overlap(&down, &planned));
            outage.window = window_of(outage, &target.windows, period.to);
            // What was planned is planned, whatever else was away.
            for span in overlap(&down, &away) {
                let both = total(&overlap(&[span], &planned));
                outage.unreachable += span.length() - both;
                let Span { from, to } = span;
                target.unreachable.push(Gap { from, to });
            }
        }
    }
}

/// The name of the first planned work that an outage has to do with.
fn window_of(outage: &Outage, windows: &[Window], end: i64) -> Option<String> {
    let down = [outage.span(end)];
    let with = |it: &&Window| !overlap(&down, &[it.span()]).is_empty();
    windows.iter().find(with).map(|window| window.name.clone())
}

// ANCHOR: away
/// When anything was away that a target lies behind. Two targets are not asked
/// in the same moment: of one fault, the outage of each may begin and end by an
/// interval sooner or later than that of the other.
fn times_away(
    all: &[TargetReport],
    target: &TargetReport,
    period: Span,
) -> Vec<Span> {
    let mut away = Vec::new();
    let mut behind = target.behind.as_deref();
    // A circle, which no configuration has, would never end.
    for _ in 0..all.len() {
        let Some(name) = behind else { break };
        let Some(gate) = all.iter().find(|it| it.name == name) else { break };
        let slack = target.every.saturating_add(gate.every);
        for outage in &gate.outages {
            let Span { from, to } = outage.span(period.to);
            let from = from.saturating_sub(slack);
            away.push(Span { from, to: to.saturating_add(slack) });
        }
        behind = gate.behind.as_deref();
    }
    list(away, period)
}
// ANCHOR_END: away

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Availability, HOUR, MINUTE};

    const PERIOD: Span = Span { from: 0, to: 10 * HOUR };

    fn target(name: &str, outages: &[(i64, i64)]) -> TargetReport {
        let outage = |(from, to): &(i64, i64)| Outage {
            to: Some(to * MINUTE),
            answered: true,
            ..Outage::beginning(from * MINUTE)
        };
        TargetReport {
            name: name.to_owned(),
            every: 1000,
            measured: PERIOD.length(),
            outages: outages.iter().map(outage).collect(),
            ..TargetReport::default()
        }
    }

    fn window(from: i64, to: i64) -> Window {
        let (from, to) = (from * MINUTE, to * MINUTE);
        Window { name: "patches".to_owned(), targets: Vec::new(), from, to }
    }

    #[test]
    fn an_outage_in_a_window_is_planned_and_counts_for_nothing() {
        let mut all = [target("wiki", &[(60, 70), (115, 130), (300, 306)])];
        excuse(&mut all, &[window(50, 120)], PERIOD);
        let [one, two, three] = &all[0].outages[..] else { panic!() };
        assert_eq!(
            (one.planned, one.is_excused(PERIOD.to)),
            (10 * MINUTE, true)
        );
        assert_eq!(one.window.as_deref(), Some("patches"));
        // Half of it came after the window.
        assert_eq!(
            (two.planned, two.is_excused(PERIOD.to)),
            (5 * MINUTE, false)
        );
        assert_eq!((three.planned, &three.window), (0, &None));
        let found = Availability::of(&all[0], 0, PERIOD.to).expect("measured");
        let measured = (600 - 70) as f64;
        assert_eq!(found.measured, (measured - 16.0) / measured);
        assert_eq!(found.with_planned, (600.0 - 31.0) / 600.0);
        assert_eq!(found.planned, 70 * MINUTE);
        assert_eq!(
            (found.at_least, found.at_most),
            (found.measured, found.measured)
        );
    }

    #[test]
    fn what_lies_behind_a_dead_gateway_is_unreachable_and_not_away() {
        let router = target("router", &[(60, 90)]);
        let mut switch = target("switch", &[(60, 90)]);
        switch.behind = Some("router".to_owned());
        // It was away by itself as well, earlier and later.
        let mut wiki = target("wiki", &[(10, 20), (60, 90), (200, 206)]);
        wiki.behind = Some("switch".to_owned());
        // Asked a little sooner and later than the router.
        wiki.outages[1].from -= 900;
        wiki.outages[1].to = wiki.outages[1].to.map(|to| to + 900);
        let mut all = [wiki, router, switch];
        excuse(&mut all, &[], PERIOD);
        let found = all[0].outages.iter().map(|it| it.is_excused(PERIOD.to));
        assert_eq!(found.collect::<Vec<_>>(), [false, true, false]);
        let found = Availability::of(&all[0], 0, PERIOD.to).expect("measured");
        let away = 30.0 + 1.8 / 60.0;
        assert_eq!(found.unreachable, 30 * MINUTE + 1800);
        let measured = (600.0 - away - 16.0) / (600.0 - away);
        assert!((found.measured - measured).abs() < 1e-9, "{found:?}");
        // Nobody knows whether it was there meanwhile.
        assert!((found.at_least - (584.0 - away) / 600.0).abs() < 1e-9);
        assert!((found.at_most - 584.0 / 600.0).abs() < 1e-9);
        // The router itself has no excuse.
        assert!(!all[1].outages[0].is_excused(PERIOD.to));
    }
}
