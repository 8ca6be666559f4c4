//! How many flows? More of them, as long as they help.

use crate::samples::Samples;

/// Flows at the beginning.
pub(crate) const FIRST_FLOWS: usize = 8;
/// So many times as many flows are tried next.
const FACTOR: usize = 4;
/// More flows have helped if the rate grew by this factor.
const HELPED: f64 = 1.15;
/// After so many seconds new flows have lost their first advantage: each
/// begins by doubling its speed until it loses a packet.
const CALM: f64 = 1.3;

/// Decides when to add flows, and when the rate is what the link gives.
///
/// A flow that loses packets at random slows down each time, however empty
/// the link: a few flows can be steady at a quarter of the link's rate. So a
/// steady rate is no proof. One of two things is: data queue up in front of
/// the link (round trips take longer than before), or many more flows are no
/// faster.
pub(crate) struct Growth {
    most: usize,
    /// Time for a change to show, in seconds.
    step: f64,
    /// When flows were added, in seconds since the beginning.
    changed: f64,
    /// The rate before that.
    before: Option<f64>,
    /// What is known of more flows.
    more: More,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    /// Not tried yet, or they helped.
    MayHelp,
    /// Tried, in vain.
    DoNotHelp,
    /// They helped, and that was the last that the settings allow.
    AreNotAllowed,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Look on.
    Wait,
    /// Add so many flows.
    Add(usize),
    /// The rate is steady, and it is the link's.
    Settled,
}

impl Growth {
    /// At most so many flows, over a link with this round trip in seconds.
    pub fn new(most: usize, round_trip: f64) -> Growth {
        Growth {
            most,
            step: (20.0 * round_trip).clamp(0.5, 1.0),
            changed: 0.0,
            before: None,
            more: More::MayHelp,
        }
    }

    /// From this time on the rate counts. A new flow goes too fast, loses many
    /// packets at once, and fills the gaps later, all in the first `step`.
    /// Data that queue smooth out what single flows do after that.
    pub fn calm(&self, queued: bool) -> f64 {
        self.changed + if queued { self.step } else { CALM }
    }

    /// Whether more flows could have been faster, and were not allowed.
    pub fn is_capped(&self) -> bool {
        self.more == More::AreNotAllowed
    }

    // ANCHOR: advise
    /// Judges the samples. `queued` says whether round trips take longer than
    /// they did on the idle link.
    pub fn advise(
        &mut self,
        samples: &Samples,
        flows: usize,
        queued: bool,
    ) -> Advice {
        let now = samples.last().0;
        let shows = now - self.changed >= self.step;
        if self.more == More::MayHelp && !queued && shows {
            let rate = samples.rate(self.step / 2.0).unwrap_or_default();
            if self.before.is_some_and(|before| rate < HELPED * before) {
                self.more = More::DoNotHelp;
            } else if flows >= self.most {
                self.more = More::AreNotAllowed;
            } else {
                self.before = Some(rate);
                self.changed = now;
                let more = (flows.max(1) * FACTOR).min(self.most) - flows;
                return Advice::Add(more);
            }
        }
        match samples.is_steady(self.calm(queued)) {
            true if queued || self.more != More::MayHelp => Advice::Settled,
            _ => Advice::Wait,
        }
    }
    // ANCHOR_END: advise
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::SAMPLE;

    /// Watches a link for so long, which gives a flow `each` bytes a sample
    /// and all of them together `most`. Returns the advice that ended it and
    /// the flows there were.
    fn watch(
        growth: &mut Growth,
        each: u64,
        most: u64,
        queued: bool,
        seconds: f64,
    ) -> (Advice, usize) {
        let mut samples = Samples::default();
        let (mut now, mut bytes, mut flows) = (0.0, 0, FIRST_FLOWS);
        samples.push(now, bytes);
        while now < seconds {
            now += SAMPLE.as_secs_f64();
            bytes += (each * flows as u64).min(most);
            samples.push(now, bytes);
            match growth.advise(&samples, flows, queued) {
                Advice::Wait => {}
                Advice::Add(more) => flows += more,
                Advice::Settled => return (Advice::Settled, flows),
            }
        }
        (Advice::Wait, flows)
    }

    #[test]
    fn where_data_queue_no_flow_is_added() {
        let mut growth = Growth::new(32, 0.02);
        let end = watch(&mut growth, 1_000_000, 600_000, true, 2.0);
        assert_eq!(end, (Advice::Settled, FIRST_FLOWS));
    }

    #[test]
    fn flows_are_added_while_they_help_and_the_end_of_them_is_told() {
        let mut growth = Growth::new(32, 0.02);
        let end = watch(&mut growth, 10_000, u64::MAX, false, 4.0);
        assert_eq!(end, (Advice::Settled, 32));
        assert!(growth.is_capped());
    }

    #[test]
    fn flows_that_do_not_help_settle_the_question() {
        let mut growth = Growth::new(512, 0.02);
        let end = watch(&mut growth, 1_000_000, 600_000, false, 4.0);
        assert_eq!(end, (Advice::Settled, FIRST_FLOWS * FACTOR));
        assert!(!growth.is_capped());
    }

    #[test]
    fn a_limit_below_the_first_flows_is_kept() {
        let mut growth = Growth::new(2, 0.02);
        let mut samples = Samples::default();
        for step in 0..100_u32 {
            samples.push(f64::from(step) * 0.05, u64::from(step) * 10_000);
            let advice = growth.advise(&samples, 2, false);
            assert!(!matches!(advice, Advice::Add(_)), "{advice:?}");
        }
    }
}
