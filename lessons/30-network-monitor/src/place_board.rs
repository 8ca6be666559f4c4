//! The board of places: which probes elsewhere there are, and what each has
//! found out last about its targets.

use dashboard::api::{PlaceState, PlaceStatus, State, TargetStatus};
use history::Sample;
use monitor_config::{Config, Place, Target};
use remote_probe::{Attendance, Delivery, series};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use target_state::TargetState;

/// The word for a target as all of its places see it together:
/// `target@all`.
pub(crate) const ALL: &str = "all";

/// The places, and what their probes have found.
#[derive(Debug, Default)]
pub(crate) struct PlaceBoard {
    places: Vec<Place>,
    targets: Vec<TargetSeen>,
    attendance: Attendance,
    heard: BTreeMap<String, Heard>,
}

/// What the last delivery of a place has said of the place itself.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    at: i64,
    clock_error_ms: Option<i64>,
    waiting: u64,
}

/// A target that is measured elsewhere, too.
#[derive(Debug)]
struct TargetSeen {
    target: Target,
    /// By the name of the place.
    from: BTreeMap<String, Seen>,
    /// The places that have answered in this round.
    round: BTreeSet<String>,
}

/// A target as one place sees it.
#[derive(Debug, Default)]
struct Seen {
    state: TargetState,
    error: Option<String>,
}

impl PlaceBoard {
    /// Follows a new configuration. What has not changed keeps its state.
    /// Returns the series that nobody measures any more.
    pub(crate) fn apply(
        &mut self,
        config: &Config,
        now: Instant,
    ) -> Vec<String> {
        self.places = config.places.clone();
        let expected: Vec<(String, Duration)> = (config.places.iter())
            .map(|place| (place.name.clone(), place.away_after))
            .collect();
        self.attendance.expect(&expected, now);
        self.heard.retain(|name, _| config.place(name).is_some());
        let mut before = std::mem::take(&mut self.targets);
        for target in &config.targets {
            if target.places == [Place::HERE] {
                continue;
            }
            let same = |seen: &TargetSeen| seen.target == *target;
            self.targets.push(match before.iter().position(same) {
                Some(at) => before.swap_remove(at),
                None => TargetSeen {
                    target: target.clone(),
                    from: BTreeMap::new(),
                    round: BTreeSet::new(),
                },
            });
        }
        let mut gone = Vec::new();
        for TargetSeen { target, .. } in before {
            gone.extend(
                target.places.iter().map(|it| series(&target.name, it)),
            );
        }
        gone
    }

    /// What this place is to measure, and how often it is to ask for that.
    pub(crate) fn orders(
        &self,
        place: &str,
    ) -> Option<(Vec<Target>, Duration)> {
        let known = self.places.iter().find(|known| known.name == place)?;
        let targets = self.targets.iter().map(|seen| &seen.target);
        let targets = targets.filter(|target| target.is_measured_from(place));
        Some((targets.cloned().collect(), known.ask_again()))
    }

    /// Notes that a place was heard of. Returns whether that is news.
    pub(crate) fn heard(&mut self, place: &str, at: i64, now: Instant) -> bool {
        self.heard.entry(place.to_owned()).or_default().at = at;
        self.attendance.heard(place, now)
    }

    /// Notes what a delivery says of its place.
    pub(crate) fn delivered(&mut self, place: &str, delivery: &Delivery) {
        let heard = self.heard.entry(place.to_owned()).or_default();
        heard.clock_error_ms = delivery.clock_error_ms;
        let sent = delivery.batches.len() as u64;
        heard.waiting = delivery.waiting.saturating_sub(sent);
    }

    /// The places that have gone missing since this was last asked, and how
    /// long each has been silent.
    pub(crate) fn missing(&mut self, now: Instant) -> Vec<(String, Duration)> {
        self.attendance.missing(now)
    }

    /// When the next place would go missing.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.attendance.next()
    }

    /// Takes what a place has found out about a target, under the target's own
    /// name. Returns the share of its last results that were lost, if the
    /// target is to be measured from there.
    pub(crate) fn result(
        &mut self,
        place: &str,
        sample: &Sample,
    ) -> Option<f64> {
        let Sample { at, target, value, error, .. } = sample;
        let seen = self.seen(target)?;
        if !seen.target.is_measured_from(place) {
            return None;
        }
        let thresholds = seen.target.thresholds;
        let from = seen.from.entry(place.to_owned()).or_default();
        from.state.result(*at, *value, &thresholds);
        from.error = error.clone();
        Some(from.state.repeated_loss())
    }

    // ANCHOR: joined
    /// The result of all places together, once each of them has answered since
    /// the last time: the best of theirs. So it is bad only if it is bad from
    /// everywhere. A place that is away has no say.
    pub(crate) fn joined(
        &mut self,
        place: &str,
        sample: &Sample,
    ) -> Option<Sample> {
        let attendance = &self.attendance;
        let mut targets = self.targets.iter_mut();
        let seen = targets.find(|it| it.target.name == sample.target)?;
        seen.round.insert(place.to_owned());
        let present: Vec<&String> = (seen.target.places.iter())
            .filter(|place| !attendance.is_away(place))
            .collect();
        if present.iter().any(|place| !seen.round.contains(*place)) {
            return None;
        }
        seen.round.clear();
        let mut best: Option<f64> = None;
        let mut errors = Vec::new();
        for place in present {
            let Some(from) = seen.from.get(place) else { continue };
            match from.state.value() {
                Some(value) => {
                    best = Some(best.map_or(value, |best| best.min(value)));
                }
                None => {
                    let error = from.error.as_deref().unwrap_or("no answer");
                    errors.push(format!("{error} from {place}"));
                }
            }
        }
        Some(Sample {
            at: sample.at,
            metric: sample.metric.clone(),
            target: series(&sample.target, ALL),
            value: best,
            error: best.is_none().then(|| errors.join(", ")),
        })
    }
    // ANCHOR_END: joined

    /// Adds to each target how its places see it. One that is not measured here
    /// has the state that they see.
    pub(crate) fn describe(&self, targets: &mut [TargetStatus]) {
        for target in targets {
            target.places = self.of_target(&target.name);
            let places = &target.places;
            let here = places.iter().any(|it| it.place == Place::HERE);
            if !here && !places.is_empty() {
                target.state = together(places);
            }
        }
    }

    /// A target as each of its places sees it; nothing if it is measured here
    /// alone.
    fn of_target(&self, name: &str) -> Vec<PlaceState> {
        let mut targets = self.targets.iter();
        let Some(seen) = targets.find(|seen| seen.target.name == name) else {
            return Vec::new();
        };
        let state = |place: &String| {
            let Some(from) = seen.from.get(place) else {
                let place = place.clone();
                return PlaceState { place, ..PlaceState::default() };
            };
            // What was true when the place was last heard of may not be now.
            let away = self.attendance.is_away(place);
            let state = if away { State::Unknown } else { from.state.state() };
            PlaceState {
                place: place.clone(),
                state,
                value: from.state.value(),
                since: Some(from.state.since()).filter(|at| *at > 0),
                error: from.error.clone(),
            }
        };
        seen.target.places.iter().map(state).collect()
    }

    /// Each place, as the status shows it.
    pub(crate) fn status(&self) -> Vec<PlaceStatus> {
        let shown = |place: &Place| {
            let heard = self.heard.get(&place.name).copied();
            PlaceStatus {
                name: place.name.clone(),
                away: self.attendance.is_away(&place.name),
                last: heard.map(|heard| heard.at),
                clock_error_ms: (heard.and_then(|it| it.clock_error_ms))
                    .map(|milliseconds| milliseconds as f64),
                waiting: heard.map_or(0, |heard| heard.waiting),
            }
        };
        self.places.iter().map(shown).collect()
    }

    fn seen(&mut self, target: &str) -> Option<&mut TargetSeen> {
        self.targets.iter_mut().find(|seen| seen.target.name == target)
    }
}

/// The state of a target that is measured elsewhere only: down if it is down
/// from everywhere that can say.
fn together(places: &[PlaceState]) -> State {
    let known: Vec<State> = (places.iter())
        .map(|place| place.state)
        .filter(|state| *state != State::Unknown)
        .collect();
    if known.is_empty() {
        return State::Unknown;
    }
    for state in [State::Up, State::Down] {
        if known.iter().all(|one| *one == state) {
            return state;
        }
    }
    State::Degraded
}
