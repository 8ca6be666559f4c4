//! What the API shows and changes of planned work, silences and groups. The
//! alerts know all of it; here it gets the API's words.

use crate::board::overall;
use crate::now;
use crate::state::{MonitorState, lock};
use alerts::{Acknowledged, Maintenance, Refused, Silence};
use dashboard::NotDone;
use dashboard::api::{
    Acknowledge, GroupStatus, Made, NewSilence, NewWindow, Occurrence, Overall,
    State, Status, TargetStatus, WindowStatus,
};

const MINUTE: i64 = 60 * 1000;

impl MonitorState {
    /// Adds to a status the targets with what surrounds them, and all that
    /// keeps the monitor quiet.
    pub(crate) fn describe(&self, status: Status) -> Status {
        let targets = self.targets(status.now);
        let groups = lock(&self.board).groups().to_vec();
        let group = |(name, members): &(String, Vec<String>)| GroupStatus {
            name: name.clone(),
            state: state_of_group(&targets, name),
            targets: members.clone(),
        };
        Status {
            state: self.overall(&targets),
            groups: groups.iter().map(group).collect(),
            windows: self.windows(status.now),
            silences: lock(&self.alerts).silences().to_vec(),
            targets,
            ..status
        }
    }

    /// Each target. What lies behind something that is down is unreachable.
    fn targets(&self, now: i64) -> Vec<TargetStatus> {
        let mut targets = lock(&self.board).targets();
        lock(&self.places).describe(&mut targets);
        let mut alerts = lock(&self.alerts);
        for target in &mut targets {
            let unreachable = alerts.cause(&target.name).is_some();
            if unreachable && target.state == State::Down {
                target.state = State::Unreachable;
            }
            let open = alerts.maintenance(&target.name, now);
            target.maintenance = open.map(|window| window.name.clone());
        }
        targets
    }

    fn overall(&self, targets: &[TargetStatus]) -> Overall {
        overall(targets.iter().map(|target| target.state))
    }

    /// The windows that are open, and the next occurrence of the others.
    fn windows(&self, now: i64) -> Vec<WindowStatus> {
        let mut windows = Vec::new();
        for (window, from_file) in lock(&self.alerts).windows() {
            let open = window.window.open_at(now);
            let shown = open.or_else(|| window.window.next(now));
            let Some(shown) = shown else { continue };
            windows.push(WindowStatus {
                repeats: window.window.repeats(),
                id: window.id,
                name: window.name,
                targets: window.targets,
                from: shown.from,
                to: shown.to,
                running: open.is_some(),
                from_file,
            });
        }
        windows.sort_by_key(|window| window.from);
        windows
    }

    /// When windows are open in a range of time.
    pub(crate) fn occurrences(&self, from: i64, to: i64) -> Vec<Occurrence> {
        let shown = |(window, one): (Maintenance, schedule::Occurrence)| {
            let Maintenance { name, targets, .. } = window;
            Occurrence { name, targets, from: one.from, to: one.to }
        };
        let found = lock(&self.alerts).occurrences(from, to);
        found.into_iter().map(shown).collect()
    }

    /// Makes a silence.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn silence(
        &self,
        asked: NewSilence,
        by: Option<&str>,
    ) -> Result<Made, NotDone> {
        let minutes = i64::try_from(asked.minutes).unwrap_or(i64::MAX);
        let now = now();
        let silence = Silence {
            alert: asked.alert,
            target: asked.target,
            until: now.saturating_add(minutes.saturating_mul(MINUTE)),
            words: asked.words,
            by: by.map(str::to_owned),
            ..Silence::default()
        };
        let made = lock(&self.alerts).silence(silence, now);
        let id = self.changed(made)?;
        Ok(Made { id })
    }

    /// Ends a silence.
    ///
    /// # Errors
    /// When there is none of this id.
    pub(crate) fn end_silence(&self, id: &str) -> Result<(), NotDone> {
        let ended = lock(&self.alerts).end_silence(id);
        self.changed(ended)
    }

    /// Notes that somebody sees to an alert.
    ///
    /// # Errors
    /// When there is no such trouble.
    pub(crate) fn acknowledge(
        &self,
        asked: Acknowledge,
        by: Option<&str>,
    ) -> Result<(), NotDone> {
        let Acknowledge { alert, target, metric, words } = asked;
        let by = by.map(str::to_owned);
        let by = Acknowledged { at: now(), by, words };
        let series = (alert.as_str(), target.as_str(), metric.as_str());
        let noted = lock(&self.alerts).acknowledge(series, by);
        self.changed(noted)
    }

    /// Makes a window for planned work.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn make_window(
        &self,
        asked: NewWindow,
    ) -> Result<Made, NotDone> {
        let NewWindow { name, targets, groups, from, to } = asked;
        let targets = lock(&self.board).members(targets, &groups);
        let targets = targets.map_err(NotDone::Unknown)?;
        let made =
            lock(&self.alerts).plan_window(&name, targets, (from, to), now());
        let id = self.changed(made)?;
        Ok(Made { id })
    }

    /// Takes out a window that somebody has made.
    ///
    /// # Errors
    /// When there is none of this id, or it stands in the configuration.
    pub(crate) fn remove_window(&self, id: &str) -> Result<(), NotDone> {
        let removed = lock(&self.alerts).cancel_window(id);
        self.changed(removed)
    }

    /// Keeps and shows what has changed, if something has.
    fn changed<T>(&self, done: Result<T, Refused>) -> Result<T, NotDone> {
        let done = done.map_err(|refused| match refused {
            Refused::Unknown(words) => NotDone::Unknown(words),
            Refused::Invalid(words) | Refused::Conflict(words) => {
                NotDone::Refused(words)
            }
        })?;
        self.keep_alerts();
        self.feed.status_changed();
        Ok(done)
    }
}

/// The worst state of a group's targets. One that is in maintenance, or cannot
/// be reached, says nothing of the group, unless all are.
fn state_of_group(targets: &[TargetStatus], group: &str) -> State {
    let of_group: Vec<&TargetStatus> = targets
        .iter()
        .filter(|target| target.group.as_deref() == Some(group))
        .collect();
    let speaks = |target: &&&TargetStatus| {
        target.maintenance.is_none() && target.state != State::Unreachable
    };
    let mut speaking: Vec<&TargetStatus> =
        of_group.iter().filter(speaks).copied().collect();
    if speaking.is_empty() {
        speaking = of_group;
    }
    let worst = speaking.iter().map(|it| it.state).max_by_key(|it| bad(*it));
    worst.unwrap_or_default()
}

/// How bad a state is, to be compared.
fn bad(state: State) -> u8 {
    match state {
        State::Unknown => 0,
        State::Up => 1,
        State::Degraded => 2,
        State::Unreachable => 3,
        State::Down => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_as_bad_as_its_worst_target_that_says_something() {
        use State::{Degraded, Down, Unreachable, Up};
        let target = |state, maintenance: bool| TargetStatus {
            group: Some("servers".to_owned()),
            state,
            maintenance: maintenance.then(|| "patch night".to_owned()),
            ..TargetStatus::default()
        };
        for (targets, wanted) in [
            (&[(Up, false), (Degraded, false)][..], Degraded),
            (&[(Up, false), (Down, false), (Unreachable, false)], Down),
            (&[(Up, false), (Down, true)], Up),
            (&[(Up, false), (Unreachable, false)], Up),
            (&[(Unreachable, false), (Unreachable, false)], Unreachable),
            (&[(Down, true)], Down),
            (&[], State::Unknown),
        ] {
            let all: Vec<TargetStatus> = targets
                .iter()
                .map(|(state, open)| target(*state, *open))
                .collect();
            assert_eq!(state_of_group(&all, "servers"), wanted, "{targets:?}");
        }
    }
}
