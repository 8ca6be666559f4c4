//! How many flows? More of them, as long as they help.

use crate::samples::Samples;

/// Flows at the beginning.
pub(crate) const FIRST_FLOWS: usize = 8;
/// So many times as many flows are tried next.
const FACTOR: usize = 4;
/// More flows have helped if the rate grew by this factor.
const HELPED: f64 = 1.15;
/// The first part of a ramp, in seconds: before it nothing is steady.
const RAMP: f64 = 0.25;
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

    /// From this time on the rate counts, if it has not settled: data that
    /// queue smooth out what single flows do.
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
        let since = if queued { self.changed + RAMP } else { self.calm(false) };
        match samples.is_steady(since) {
            true if queued || self.more != More::MayHelp => Advice::Settled,
            _ => Advice::Wait,
        }
    }
    // ANCHOR_END: advise
}
