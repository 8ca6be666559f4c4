//! The figures of the page: for each part its state, its days and its
//! incidents.

use dashboard::Source;
use dashboard::api::{Occurrence, State, Status};
use history::Error;
use jiff::tz::TimeZone;
use report::{Target, TargetReport};

use crate::day::{Day, Span, availability, days_until};
use crate::{Content, Part};

/// How many days are shown.
pub(crate) const DAYS: usize = 90;
/// How many incidents are shown, the newest of all.
const INCIDENTS: usize = 20;

/// All that the page says.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub title: String,
    /// When they were made, in Unix milliseconds, and in which zone the page
    /// gives times.
    pub made: i64,
    pub zone: TimeZone,
    pub parts: Vec<PartFigures>,
    /// The newest first.
    pub incidents: Vec<Incident>,
    /// Planned work that goes on or comes next, the nearest first.
    pub planned: Vec<Planned>,
}

/// What the page says about one part.
#[derive(Debug, Clone)]
pub(crate) struct PartFigures {
    pub name: String,
    pub state: State,
    /// Whether there is planned work on it just now.
    pub in_work: bool,
    /// The oldest first.
    pub days: Vec<Day>,
}

/// A time in which a part did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    pub name: String,
    /// In Unix milliseconds.
    pub from: i64,
    /// Nothing while it lasts.
    pub to: Option<i64>,
    /// Whether an answer ended it. Else nobody watched any more.
    pub answered: bool,
}

/// Planned work, and the names of the parts that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub names: Vec<String>,
    /// In Unix milliseconds.
    pub from: i64,
    pub to: i64,
}

impl PartFigures {
    /// The share of the watched time without trouble in the last days.
    pub fn availability(&self, days: usize) -> Option<f64> {
        let first = self.days.len().saturating_sub(days);
        availability(&self.days[first..])
    }
}

/// Reads what the page says.
///
/// # Errors
/// When the history cannot be read.
pub(crate) fn figures(
    content: &Content,
    status: &Status,
    monitor: &impl Source,
) -> Result<Figures, Error> {
    let zone = TimeZone::system();
    let now = status.now;
    let first = days_until(now, DAYS as i64, &zone);
    let first = first.first().map_or(now, |day| day.from);
    let windows = monitor.windows(first, now);
    let mut parts = Vec::new();
    let mut incidents = Vec::new();
    for part in &content.parts {
        let mut days = days_until(now, DAYS as i64, &zone);
        for target in &part.targets {
            let history = monitor.history();
            let measured = TargetReport::read(history, target, first, now)?;
            let of_target = |it: &&Occurrence| concerns(&it.targets, target);
            let windows = windows.iter().filter(of_target);
            let planned: Vec<Span> =
                windows.map(|window| (window.from, window.to)).collect();
            for day in &mut days {
                day.add(&measured, &planned, now);
            }
            for outage in measured.outages {
                // What falls into planned work is no incident.
                if planned.iter().any(|it| contains(it, outage.from)) {
                    continue;
                }
                incidents.push(Incident {
                    name: part.name.clone(),
                    from: outage.from,
                    to: outage.to,
                    answered: outage.answered,
                });
            }
        }
        let (state, in_work) = state_of(part, status);
        let name = part.name.clone();
        parts.push(PartFigures { name, state, in_work, days });
    }
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.from));
    incidents.truncate(INCIDENTS);
    let title = content.title.clone();
    let planned = planned(content, status);
    Ok(Figures { title, made: now, zone, parts, incidents, planned })
}

/// The planned work on these parts.
fn planned(content: &Content, status: &Status) -> Vec<Planned> {
    let mut planned = Vec::new();
    for window in &status.windows {
        let is_on = |part: &&Part| {
            part.targets.iter().any(|it| concerns(&window.targets, it))
        };
        let parts = content.parts.iter().filter(is_on);
        let names: Vec<String> = parts.map(|part| part.name.clone()).collect();
        if !names.is_empty() {
            let (from, to) = (window.from, window.to);
            planned.push(Planned { names, from, to });
        }
    }
    planned.sort_by_key(|work| work.from);
    planned
}

/// Whether a window with these targets is for this one; none means all.
fn concerns(names: &[String], target: &Target) -> bool {
    names.is_empty() || names.contains(&target.name)
}

fn contains((from, to): &Span, at: i64) -> bool {
    (*from..*to).contains(&at)
}

/// The state of a part, which is that of its worst target, and whether there
/// is planned work on it.
pub(crate) fn state_of(part: &Part, status: &Status) -> (State, bool) {
    let (mut worst, mut in_work) = (State::Unknown, false);
    for target in &part.targets {
        let known = status.targets.iter().find(|it| it.name == target.name);
        let state = known.map_or(State::Unknown, |it| it.state);
        in_work |= known.is_some_and(|it| it.maintenance.is_some());
        if badness(state) > badness(worst) {
            worst = state;
        }
    }
    (worst, in_work)
}

fn badness(state: State) -> u8 {
    match state {
        State::Unknown => 0,
        State::Up => 1,
        // What it lies behind is down: of itself nothing is known.
        State::Unreachable => 2,
        State::Degraded => 3,
        State::Down => 4,
    }
}
