//! The number of flows: more of them, as long as they help.

use crate::convergence::is_steady;
use crate::samples::Samples;

/// Flows at the beginning, after the very first one. On a slow line that one
/// is enough, and eight would fill its buffer with what they send twice.
pub(crate) const FIRST_FLOWS: usize = 8;
/// The number of flows is multiplied by this.
const FACTOR: usize = 4;
/// More flows have helped if the rate grew by this factor.
const HELPED: f64 = 1.15;
/// After this number of seconds new flows have lost their first advantage:
/// each begins by doubling its speed until it loses a packet.
const SLOW_START: f64 = 1.3;

/// Decides when to add flows, and when the rate is the link's.
///
/// A flow that loses packets at random slows down each time, however empty
/// the link: a few flows can be steady at a quarter of the link's rate. So a
/// steady rate is no proof. One of two things is: data queue up in front of
/// the link (round trips take longer than before), or many more flows are no
/// faster.
pub(crate) struct FlowCount {
    most: usize,
    /// Time for a change to show, in seconds.
    step: f64,
    /// Time for slow start to end, in seconds.
    slow_start: f64,
    /// No window is shorter than this, in seconds.
    shortest: f64,
    /// When flows were added, in seconds since the beginning.
    changed: f64,
    /// The rate before that.
    before: Option<f64>,
    more_flows: MoreFlows,
}

// ANCHOR: advice
/// What is known about more flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MoreFlows {
    /// Not tried yet, or they helped.
    MayHelp,
    /// Tried, in vain.
    DoNotHelp,
    /// They helped, and there are as many now as the settings allow.
    NotAllowed,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Go on with these flows.
    Wait,
    /// Add this number of flows.
    Add(usize),
    /// The rate is steady, and it is the link's.
    Converged,
}
// ANCHOR_END: advice

impl FlowCount {
    /// For at most this number of flows, over a link with this round trip in
    /// seconds.
    pub fn new(most: usize, round_trip: f64) -> FlowCount {
        FlowCount {
            most,
            step: (20.0 * round_trip).clamp(0.5, 1.0).max(4.0 * round_trip),
            slow_start: SLOW_START.max(8.0 * round_trip),
            // Slow start sends in bursts, one in each round trip.
            shortest: 1.5 * round_trip,
            changed: 0.0,
            before: None,
            more_flows: MoreFlows::MayHelp,
        }
    }

    /// From this time on the rate counts, in seconds since the beginning. A
    /// new flow goes too fast, loses many packets at once, and fills the gaps
    /// later, all in the first `step`. Where data queue, that smooths out what
    /// single flows do after it.
    pub fn end_of_ramp(&self, queued: bool) -> f64 {
        self.changed + if queued { self.step } else { self.slow_start }
    }

    /// The shortest window in which the rate can be judged, in seconds.
    pub fn shortest(&self) -> f64 {
        self.shortest
    }

    /// Notes that flows were added at this time.
    pub fn added(&mut self, now: f64) {
        self.changed = now;
    }

    /// Whether more flows could have been faster, and were not allowed.
    pub fn is_capped(&self) -> bool {
        self.more_flows == MoreFlows::NotAllowed
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
        // Nothing queues: is the link not full yet? Try more flows, as soon as
        // the last change can have shown.
        let now = samples.last().0;
        let waited = now - self.changed >= self.step;
        if !queued && waited && self.more_flows == MoreFlows::MayHelp {
            let rate = samples.rate(self.step / 2.0).unwrap_or_default();
            let helped = match self.before {
                Some(before) => rate >= HELPED * before,
                None => true,
            };
            if !helped {
                self.more_flows = MoreFlows::DoNotHelp;
            } else if flows >= self.most {
                self.more_flows = MoreFlows::NotAllowed;
            } else {
                self.before = Some(rate);
                self.changed = now;
                let wanted = (FACTOR * flows.max(1)).min(self.most);
                return Advice::Add(wanted - flows);
            }
        }

        // The link is full, or more flows are out of the question. Now the
        // rate need only be steady.
        let proven = queued || self.more_flows != MoreFlows::MayHelp;
        let ramp = self.end_of_ramp(queued);
        if proven && is_steady(samples, ramp, self.shortest) {
            Advice::Converged
        } else {
            Advice::Wait
        }
    }
    // ANCHOR_END: advise
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::SAMPLE;

    /// Watches a link for some seconds. It carries `each` bytes a sample for
    /// one flow, and `most` for all of them. Returns the advice that ended it
    /// and the number of flows.
    fn watch(
        flow_count: &mut FlowCount,
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
            match flow_count.advise(&samples, flows, queued) {
                Advice::Wait => {}
                Advice::Add(more) => flows += more,
                Advice::Converged => return (Advice::Converged, flows),
            }
        }
        (Advice::Wait, flows)
    }

    #[test]
    fn where_data_queue_no_flow_is_added() {
        let mut flow_count = FlowCount::new(32, 0.02);
        let end = watch(&mut flow_count, 1_000_000, 600_000, true, 2.0);
        assert_eq!(end, (Advice::Converged, FIRST_FLOWS));
    }

    #[test]
    fn flows_are_added_while_they_help_and_the_end_of_them_is_told() {
        let mut flow_count = FlowCount::new(32, 0.02);
        let end = watch(&mut flow_count, 10_000, u64::MAX, false, 4.0);
        assert_eq!(end, (Advice::Converged, 32));
        assert!(flow_count.is_capped());
    }

    #[test]
    fn flows_that_do_not_help_settle_the_question() {
        let mut flow_count = FlowCount::new(512, 0.02);
        let end = watch(&mut flow_count, 1_000_000, 600_000, false, 4.0);
        assert_eq!(end, (Advice::Converged, FIRST_FLOWS * FACTOR));
        assert!(!flow_count.is_capped());
    }

    #[test]
    fn a_limit_below_the_first_flows_is_kept() {
        let mut flow_count = FlowCount::new(2, 0.02);
        let mut samples = Samples::default();
        for step in 0..100_u32 {
            samples.push(f64::from(step) * 0.05, u64::from(step) * 10_000);
            let advice = flow_count.advise(&samples, 2, false);
            assert!(!matches!(advice, Advice::Add(_)), "{advice:?}");
        }
    }
}
