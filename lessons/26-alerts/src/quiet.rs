//! When nobody is to be woken: in a window for planned work, and while an alert
//! is silenced.

use schedule::{Occurrence, Window};
use serde::{Deserialize, Serialize};

/// A window for planned work, in which nobody is told of its targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance {
    /// What it is known by. A window from the configuration has its name.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// The targets and speed tests that it is for; empty: all of them.
    pub targets: Vec<String>,
    /// When it is open.
    pub window: Window,
}

/// The windows for planned work, and which of them are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calendar(Vec<(Maintenance, Option<Known>)>);

/// Whether a window is open between two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    from: i64,
    to: i64,
    open: Option<Occurrence>,
}

impl Maintenance {
    /// Whether it is for a target.
    pub fn is_for(&self, target: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|one| one == target)
    }
}

impl Calendar {
    pub fn new(windows: Vec<Maintenance>) -> Calendar {
        Calendar(windows.into_iter().map(|window| (window, None)).collect())
    }

    /// The window that is open for a target at a moment, in Unix milliseconds.
    pub fn open_for(&mut self, target: &str, at: i64) -> Option<&Maintenance> {
        for (window, known) in &mut self.0 {
            if !window.is_for(target) {
                continue;
            }
            // Asked with each sample in trouble, and a pattern takes long.
            let fresh = known.filter(|it| it.from <= at && at < it.to);
            let now = fresh.unwrap_or_else(|| Known::of(&window.window, at));
            *known = Some(now);
            if now.open.is_some() {
                return Some(window);
            }
        }
        None
    }
}

impl Known {
    fn of(window: &Window, at: i64) -> Known {
        let open = window.open_at(at);
        let to = match open {
            Some(open) => open.to,
            None => window.next(at).map_or(i64::MAX, |next| next.from),
        };
        Known { from: at, to, open }
    }
}

/// A silence: nobody is told of an alert, or of a target, for a time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Silence {
    /// What it is known by.
    pub id: String,
    /// The rule that is silenced; every one when there is none.
    pub alert: Option<String>,
    /// The target or speed test that is silenced; every one when there is
    /// none.
    pub target: Option<String>,
    /// When it ends, in Unix milliseconds.
    pub until: i64,
    /// Why, in words.
    pub words: String,
    /// The account that asked for it, where there are accounts.
    pub by: Option<String>,
}

impl Silence {
    /// Whether it silences a rule on a target at a moment.
    pub fn covers(&self, alert: &str, target: &str, at: i64) -> bool {
        let is = |wanted: &Option<String>, name: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == name)
        };
        at < self.until && is(&self.alert, alert) && is(&self.target, target)
    }
}

/// Somebody has taken note of an alert, and sees to it: it is not told again
/// before it is over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Acknowledged {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The account that has acknowledged it, where there are accounts.
    pub by: Option<String>,
    /// What that person says about it.
    pub words: String,
}
