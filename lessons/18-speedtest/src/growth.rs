//! How many flows? More of them, as long as they help.

use crate::samples::Samples;

/// Flows at the beginning.
pub(crate) const FIRST_FLOWS: usize = 4;
/// More flows have helped if the rate grew by this factor.
const HELPED: f64 = 1.15;
/// The ramp is over when the rate grows by less than this factor a step.
const RAMP: f64 = 1.25;

/// Decides when to add flows, and when the rate is what the link gives.
///
/// A flow that loses packets at random halves its speed each time, however
/// empty the link: four flows can be steady at a quarter of the link's rate.
/// So a steady rate is no proof. One of two things is: data queue up in front
/// of the link (round trips take longer than before), or twice as many flows
/// are no faster.
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
            step: (10.0 * round_trip).clamp(0.2, 1.0),
            changed: 0.0,
            before: None,
            more: More::MayHelp,
        }
    }

    /// From this time on the rate counts.
    pub fn since(&self) -> f64 {
        self.changed + self.step
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
        if self.more == More::MayHelp && !queued {
            let (Some(rate), Some(earlier)) = (
                samples.rate(self.step),
                samples.rate_between(now - 2.0 * self.step, now - self.step),
            ) else {
                return Advice::Wait;
            };
            let waited = now - self.changed;
            if waited < 2.0 * self.step {
                return Advice::Wait;
            }
            if self.before.is_some_and(|before| rate < HELPED * before) {
                self.more = More::DoNotHelp;
            } else if rate > RAMP * earlier && waited < 4.0 * self.step {
                return Advice::Wait;
            } else if flows >= self.most {
                self.more = More::AreNotAllowed;
            } else {
                self.before = Some(rate);
                self.changed = now;
                return Advice::Add(flows.min(self.most - flows));
            }
        }
        match samples.is_steady(self.since()) {
            true => Advice::Settled,
            false => Advice::Wait,
        }
    }
    // ANCHOR_END: advise
}
