//! What people ask of the alerts: quiet for a time, a window for planned work,
//! no more reminders.

use programs::one_line;
use safe_text::breaks_a_line;
use schedule::{Occurrence, Window};
use thiserror::Error;

use crate::memory::OwnWindow;
use crate::{Acknowledged, Alerts, Maintenance, Silence};

/// The most silences, and the most windows, that people may have made.
const MOST: usize = 1_000;

/// The longest silence, in milliseconds: 366 days.
const LONGEST: i64 = 366 * 24 * 60 * 60 * 1000;

/// The most characters of a name, or of a reason.
const LONGEST_WORDS: usize = 500;

/// The most occurrences of one window that are listed.
const MOST_OCCURRENCES: usize = 1_000;

/// Why something is not done, in words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// It makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// What it is about does not exist.
    #[error("{0}")]
    Unknown(String),
    /// It makes sense, but not now.
    #[error("{0}")]
    Conflict(String),
}

impl Alerts {
    /// Silences an alert, a target, or one alert on one target. `now` is the
    /// present, in Unix milliseconds. Returns what the silence is known by; the
    /// `id` that it has is not looked at.
    ///
    /// # Errors
    /// When it silences nothing that is watched, or ends too early or too late.
    pub fn silence(
        &mut self,
        silence: Silence,
        now: i64,
    ) -> Result<String, Refused> {
        if silence.alert.is_none() && silence.target.is_none() {
            return Err(invalid("name an `alert`, a `target`, or both"));
        }
        let lasts = silence.until.saturating_sub(now);
        if !(1..=LONGEST).contains(&lasts) {
            return Err(invalid("a silence lasts 1 minute to 366 days"));
        }
        check_words(&silence.words)?;
        if let Some(alert) = &silence.alert
            && !self.rules().iter().any(|rule| rule.name == *alert)
        {
            return Err(unknown("alert", alert));
        }
        if let Some(target) = &silence.target
            && !self.watches(target)
        {
            return Err(unknown("watched target or speed test", target));
        }
        if self.memory.silences.len() >= MOST {
            return Err(too_many("silences"));
        }
        let id = self.memory.next_id("silence");
        let silence = Silence { id: id.clone(), ..silence };
        self.memory.silences.push(silence);
        Ok(id)
    }

    /// The silences, the oldest first.
    pub fn silences(&self) -> &[Silence] {
        &self.memory.silences
    }

    /// Ends a silence before its time.
    ///
    /// # Errors
    /// When there is none of this id.
    pub fn end_silence(&mut self, id: &str) -> Result<(), Refused> {
        let silences = &mut self.memory.silences;
        let place = silences.iter().position(|silence| silence.id == id);
        silences.remove(place.ok_or_else(|| unknown("silence", id))?);
        Ok(())
    }

    /// Notes that somebody sees to an alert: it is not told again before it is
    /// over.
    ///
    /// # Errors
    /// When there is no such trouble now.
    pub fn acknowledge(
        &mut self,
        (alert, target, metric): (&str, &str, &str),
        by: Acknowledged,
    ) -> Result<(), Refused> {
        check_words(&by.words)?;
        let series = self.memory.existing(alert, target, metric);
        let Some(series) = series.filter(|series| series.failing) else {
            return Err(Refused::Unknown(format!(
                "there is no trouble of {} with {} of {} now: it may be over",
                one_line(alert),
                one_line(metric),
                one_line(target)
            )));
        };
        series.acknowledged = Some(by);
        Ok(())
    }

    /// Makes a window for planned work, from one moment to another in Unix
    /// milliseconds, for these targets and speed tests, or for all if there are
    /// none. Returns what it is known by.
    ///
    /// # Errors
    /// When it has no name, or is past, or ends before it begins.
    pub fn plan_window(
        &mut self,
        name: &str,
        targets: Vec<String>,
        (from, to): (i64, i64),
        now: i64,
    ) -> Result<String, Refused> {
        check_words(name)?;
        if name.trim().is_empty() {
            return Err(invalid("give it a `name`"));
        }
        if to <= now {
            return Err(invalid("it is over already: `to` is in the past"));
        }
        Window::between(from, to).map_err(|bad| invalid(&bad.to_string()))?;
        if self.memory.windows.len() >= MOST {
            // Those that are over are kept to be drawn in the charts.
            self.memory.windows.retain(|window| window.to > now);
        }
        if self.memory.windows.len() >= MOST {
            return Err(too_many("windows"));
        }
        let id = self.memory.next_id("window");
        let name = name.trim().to_owned();
        let window = OwnWindow { id: id.clone(), name, targets, from, to };
        self.memory.windows.push(window);
        self.plan();
        Ok(id)
    }

    /// Takes out a window that somebody has made.
    ///
    /// # Errors
    /// When there is none of this id, or when it stands in the configuration.
    pub fn cancel_window(&mut self, id: &str) -> Result<(), Refused> {
        if self.policy.windows.iter().any(|window| window.id == id) {
            return Err(Refused::Conflict(
                "this window stands in the configuration file: take it out \
                 there, and have the file read again"
                    .to_owned(),
            ));
        }
        let windows = &mut self.memory.windows;
        let place = windows.iter().position(|window| window.id == id);
        windows.remove(place.ok_or_else(|| unknown("window", id))?);
        self.plan();
        Ok(())
    }

    /// The windows, those of the configuration first. The word says whether a
    /// window is one of these.
    pub fn windows(&self) -> Vec<(Maintenance, bool)> {
        let of_file = self.policy.windows.iter().cloned();
        let of_people = self.memory.windows().into_iter();
        of_file
            .map(|window| (window, true))
            .chain(of_people.map(|window| (window, false)))
            .collect()
    }

    /// The occurrences of all windows of which a part lies between two moments,
    /// in Unix milliseconds: at most 1,000 of each window.
    pub fn occurrences(
        &self,
        from: i64,
        to: i64,
    ) -> Vec<(Maintenance, Occurrence)> {
        let mut found = Vec::new();
        for (window, _) in self.windows() {
            let open = window.window.occurrences(from, to, MOST_OCCURRENCES);
            found.extend(open.into_iter().map(|one| (window.clone(), one)));
        }
        found.sort_by_key(|(_, one)| one.from);
        found
    }

    /// The window that is open for a target at a moment.
    pub fn maintenance(
        &mut self,
        target: &str,
        at: i64,
    ) -> Option<&Maintenance> {
        self.calendar.open_for(target, at)
    }
}

fn check_words(words: &str) -> Result<(), Refused> {
    if words.chars().count() > LONGEST_WORDS {
        return Err(invalid("that is longer than 500 characters: shorten it"));
    }
    if words.chars().any(breaks_a_line) {
        return Err(invalid("it has control characters in it: take them out"));
    }
    Ok(())
}

fn invalid(what: &str) -> Refused {
    Refused::Invalid(what.to_owned())
}

fn unknown(what: &str, name: &str) -> Refused {
    let name = one_line(name);
    Refused::Unknown(format!("there is no {what} {name:?}"))
}

fn too_many(what: &str) -> Refused {
    Refused::Conflict(format!(
        "there are {MOST} {what} already: end some of them first"
    ))
}
