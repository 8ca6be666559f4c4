//! Trouble of this machine's own: it has no network, and nothing can be said of
//! anything else.

use std::collections::BTreeSet;
use std::time::Duration;

use daemon::units::in_words;
use programs::one_line;
use serde::{Deserialize, Serialize};

use crate::alerts::Ended;
use crate::notice::moment;
use crate::{Alerts, Notice, NoticeState};

/// The number of looks in a row that must find no network before somebody is
/// told: an address that is renewed is away for a moment.
const AFTER: u32 = 3;

/// The network that this machine does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoNetwork {
    /// In Unix milliseconds.
    since: i64,
    found: u32,
    why: String,
}

impl Alerts {
    /// Takes whether this machine has a network or, in words, why it has none.
    /// Returns the notice that somebody is to get, and the notifiers: all those
    /// that any rule names.
    pub fn own_network(
        &mut self,
        at: i64,
        missing: Option<&str>,
    ) -> Vec<Ended> {
        let Some(why) = missing else {
            let over = self.memory.no_network.take();
            let told = over.filter(|it| it.found >= AFTER);
            return told
                .map(|it| self.about_network(it, at, true))
                .into_iter()
                .collect();
        };
        let known = self.memory.no_network.get_or_insert(NoNetwork {
            since: at,
            found: 0,
            why: one_line(why),
        });
        known.found = known.found.saturating_add(1);
        match known.found == AFTER {
            true => {
                let known = known.clone();
                vec![self.about_network(known, at, false)]
            }
            false => Vec::new(),
        }
    }

    fn about_network(&self, it: NoNetwork, at: i64, over: bool) -> Ended {
        let NoNetwork { since, why, .. } = it;
        let (state, words) = match over {
            false => (
                NoticeState::Failing,
                format!(
                    "this machine has no network, since {}: {why}; until it \
                     has, nothing is known of what it watches",
                    moment(since)
                ),
            ),
            true => {
                let lasted = at.saturating_sub(since).max(0).unsigned_abs();
                let lasted = in_words(Duration::from_millis(lasted));
                (
                    NoticeState::Recovered,
                    format!(
                        "this machine has its network again, after {lasted} \
                         without, from {} on",
                        moment(at)
                    ),
                )
            }
        };
        let all = self.rules().iter().flat_map(|rule| rule.notify.clone());
        let all: BTreeSet<String> = all.collect();
        let notice = Notice {
            alert: "no network".to_owned(),
            target: "this machine".to_owned(),
            metric: "network".to_owned(),
            state,
            at,
            since,
            value: None,
            threshold: None,
            words,
        };
        (all.into_iter().collect(), notice)
    }
}
