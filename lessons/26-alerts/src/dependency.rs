//! What depends on what: a target that lies behind something that does not
//! answer is unreachable, and not down.

use std::collections::{BTreeMap, BTreeSet};

/// A target behind another one, its *upstream*: the server behind the switch,
/// the switch behind the router. No target may lie behind itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The target that lies behind.
    pub target: String,
    /// What it lies behind, a target as well.
    pub upstream: String,
    /// The metric of the upstream's own results, `ping` or `check`.
    pub metric: &'static str,
    /// The number of failed results in a row after which the upstream is down.
    pub down_after: u32,
}

/// An upstream that has not been heard of for this long says nothing any more,
/// in milliseconds.
const SILENT: i64 = 10 * 60 * 1000;

/// The last results of everything that others lie behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upstreams {
    /// What each target lies directly behind.
    upstream_of: BTreeMap<String, String>,
    results: BTreeMap<String, Upstream>,
    /// When each target that lies behind something last answered.
    answered: BTreeMap<String, i64>,
}

/// The last results of one of them.
#[derive(Debug, Clone)]
struct Upstream {
    metric: &'static str,
    down_after: u32,
    /// All targets that lie behind it, also behind others.
    behind: BTreeSet<String>,
    failed_in_a_row: u32,
    /// When the first of the last results of the same kind was measured.
    since: Option<i64>,
    /// When the last one was.
    last: Option<i64>,
}

/// Whose trouble it is that a target does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The target's own: what it lies behind has answered while the target has
    /// not.
    Own,
    /// That is not known yet.
    Unclear,
    /// That of something it lies behind, which is down.
    Upstream,
}

impl Upstreams {
    /// Follows other dependencies. What is known of an upstream stays.
    pub fn follow(&mut self, dependencies: &[Dependency]) {
        let mut before = std::mem::take(&mut self.results);
        self.upstream_of.clear();
        for Dependency { target, upstream, .. } in dependencies {
            self.upstream_of.insert(target.clone(), upstream.clone());
        }
        self.answered.retain(|name, _| self.upstream_of.contains_key(name));
        for dependency in dependencies {
            let Dependency { upstream, metric, down_after, .. } = dependency;
            let known = before.remove(upstream);
            let known = known.or_else(|| self.results.remove(upstream));
            let entry = Upstream {
                metric,
                down_after: *down_after,
                behind: self.all_behind(upstream),
                failed_in_a_row: known
                    .as_ref()
                    .map_or(0, |it| it.failed_in_a_row),
                since: known.as_ref().and_then(|it| it.since),
                last: known.as_ref().and_then(|it| it.last),
            };
            self.results.insert(upstream.clone(), entry);
        }
    }

    fn all_behind(&self, upstream: &str) -> BTreeSet<String> {
        let lies_behind =
            |name: &&String| self.chain(name).any(|one| one == upstream);
        self.upstream_of.keys().filter(lies_behind).cloned().collect()
    }

    /// What a target lies behind, the nearest first.
    pub fn chain(&self, target: &str) -> impl Iterator<Item = &str> {
        let next =
            |name: &&str| self.upstream_of.get(*name).map(String::as_str);
        let first = self.upstream_of.get(target).map(String::as_str);
        // Also in a circle, which the configuration refuses, this ends.
        std::iter::successors(first, next).take(self.upstream_of.len())
    }

    /// Takes a target's result. Returns whether others lie behind it.
    pub fn result(
        &mut self,
        target: &str,
        metric: &str,
        at: i64,
        answered: bool,
    ) -> bool {
        // The share that was lost has a value also when nothing answers.
        let asked = matches!(metric, "ping" | "check");
        if asked && answered && self.upstream_of.contains_key(target) {
            self.answered.insert(target.to_owned(), at);
        }
        let Some(upstream) = self.results.get_mut(target) else { return false };
        if upstream.metric != metric {
            return false;
        }
        let changed = answered == (upstream.failed_in_a_row > 0);
        if changed || upstream.since.is_none() {
            upstream.since = Some(at);
        }
        upstream.last = Some(at);
        upstream.failed_in_a_row = match answered {
            true => 0,
            false => upstream.failed_in_a_row.saturating_add(1),
        };
        true
    }

    // ANCHOR: verdict
    /// Whose trouble it is that a target has not answered, from the first bad
    /// result to the last.
    pub fn verdict(&self, target: &str, first: i64, last: i64) -> Verdict {
        let mut verdict = Verdict::Own;
        for name in self.chain(target) {
            let Some(upstream) = self.results.get(name) else { continue };
            if upstream.is_down() {
                return Verdict::Upstream;
            }
            // It must have answered in a time in which the target did not.
            let at_once = upstream.answers_from(last, first);
            if !at_once && !upstream.is_silent(first, last) {
                verdict = Verdict::Unclear;
            }
        }
        verdict
    }
    // ANCHOR_END: verdict

    /// The farthest of what a target lies behind that is down: the cause.
    pub fn cause(&self, target: &str) -> Option<&str> {
        let down = |name: &&str| {
            self.results.get(*name).is_some_and(Upstream::is_down)
        };
        self.chain(target).filter(down).last()
    }

    /// Everything that lies behind a target.
    pub fn behind(&self, target: &str) -> impl Iterator<Item = &String> {
        let upstream = self.results.get(target);
        upstream.into_iter().flat_map(|upstream| &upstream.behind)
    }

    /// How many of the targets behind this one have not answered since a time.
    pub fn not_reached(&self, target: &str, since: i64) -> u64 {
        let answered = |name: &&String| {
            self.answered.get(*name).is_some_and(|at| *at >= since)
        };
        self.behind(target).filter(|name| !answered(name)).count() as u64
    }

    /// The metric of an upstream's own results.
    pub fn own_metric(&self, target: &str) -> Option<&'static str> {
        self.results.get(target).map(|upstream| upstream.metric)
    }

    /// Whether this is it.
    pub fn is_own_metric(&self, target: &str, metric: &str) -> bool {
        self.own_metric(target) == Some(metric)
    }
}

impl Upstream {
    fn is_down(&self) -> bool {
        self.failed_in_a_row >= self.down_after.max(1)
    }

    /// Whether its last answers begin at the latest at `latest` and reach at
    /// least to `earliest`.
    fn answers_from(&self, latest: i64, earliest: i64) -> bool {
        let (Some(since), Some(last)) = (self.since, self.last) else {
            return false;
        };
        self.failed_in_a_row == 0 && since <= latest && last >= earliest
    }

    /// Whether nothing was heard of it for long in a trouble of these times.
    fn is_silent(&self, first: i64, last: i64) -> bool {
        let heard = self.last.unwrap_or(first);
        last.saturating_sub(heard) >= SILENT
    }
}
