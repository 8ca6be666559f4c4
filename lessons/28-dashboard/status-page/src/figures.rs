//! The figures of the page: for each part its state, its days and its
//! incidents.

use dashboard::api::{State, Status};
use history::{Error, History};
use jiff::tz::TimeZone;
use report::TargetReport;

use crate::day::{Day, availability, days_until};
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
}

/// What the page says about one part.
#[derive(Debug, Clone)]
pub(crate) struct PartFigures {
    pub name: String,
    pub state: State,
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
    history: &History,
) -> Result<Figures, Error> {
    let zone = TimeZone::system();
    let now = status.now;
    let mut parts = Vec::new();
    let mut incidents = Vec::new();
    for part in &content.parts {
        let mut days = days_until(now, DAYS as i64, &zone);
        let from = days.first().map_or(now, |day| day.from);
        for target in &part.targets {
            let measured = TargetReport::read(history, target, from, now)?;
            for day in &mut days {
                day.add(&measured, now);
            }
            for outage in measured.outages {
                incidents.push(Incident {
                    name: part.name.clone(),
                    from: outage.from,
                    to: outage.to,
                    answered: outage.answered,
                });
            }
        }
        let state = state_of(part, status);
        parts.push(PartFigures { name: part.name.clone(), state, days });
    }
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.from));
    incidents.truncate(INCIDENTS);
    let title = content.title.clone();
    Ok(Figures { title, made: now, zone, parts, incidents })
}

/// The state of a part: that of its worst target.
pub(crate) fn state_of(part: &Part, status: &Status) -> State {
    let mut worst = State::Unknown;
    for target in &part.targets {
        let known = status.targets.iter().find(|it| it.name == target.name);
        let state = match known.map_or(State::Unknown, |it| it.state) {
            // Whose fault it is, the public need not know.
            State::Unreachable => State::Down,
            state => state,
        };
        if badness(state) > badness(worst) {
            worst = state;
        }
    }
    worst
}

fn badness(state: State) -> u8 {
    match state {
        State::Unknown => 0,
        State::Up => 1,
        State::Degraded => 2,
        State::Down | State::Unreachable => 3,
    }
}
