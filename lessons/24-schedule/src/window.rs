//! A window of time for planned work: once, or again and again.

use std::fmt;
use std::time::Duration;

use daemon::units::in_words;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::Cron;
use crate::cron::zone_of;

/// The longest that one occurrence of a window may last.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A window of time for planned work, such as "every Sunday from two to four".
///
/// A window that repeats begins when its pattern matches and lasts as long as
/// the monotonic clock says: two hours that begin at 01:30 in the night in
/// which an hour comes twice end at 02:30 the second time. One whose beginning
/// falls into an hour that is skipped begins right after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Window(Shape);

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Once(Occurrence),
    Repeating { cron: Cron, lasts: Duration },
}

/// One time at which a window is open, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When it begins.
    pub from: i64,
    /// When it ends. That millisecond is not in it.
    pub to: i64,
}

/// Why a window is refused, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadWindow(String);

impl Window {
    /// A window that is open once, between two moments in Unix milliseconds.
    ///
    /// # Errors
    /// When it ends before it begins, or lasts longer than 366 days.
    pub fn between(from: i64, to: i64) -> Result<Window, BadWindow> {
        let bad = |what: &str| Err(BadWindow(what.to_owned()));
        if to <= from {
            return bad("it ends before it begins: exchange the two");
        }
        if from < 0 || Timestamp::from_millisecond(to).is_err() {
            return bad("that is no time: write Unix milliseconds");
        }
        if to - from > milliseconds(LONGEST) {
            return bad("it lasts longer than 366 days: make it shorter");
        }
        Ok(Window(Shape::Once(Occurrence { from, to })))
    }

    /// A window that is open once, between two times on the wall such as
    /// `2026-12-01 22:00`, in a time zone; this machine's own when none is
    /// given. Of an hour that comes twice, a window has both where it can: its
    /// beginning is the first, its end the second.
    ///
    /// # Errors
    /// As for [`Window::between`], or when a time or the zone cannot be read.
    pub fn once(
        start: &str,
        end: &str,
        zone: Option<&str>,
    ) -> Result<Window, BadWindow> {
        let zone = zone_of(zone).map_err(|bad| BadWindow(bad.to_string()))?;
        let from = moment(start, &zone, Fold::First)?;
        let to = moment(end, &zone, Fold::Second)?;
        Window::between(from, to)
    }

    /// A window that begins whenever a pattern matches.
    ///
    /// # Errors
    /// When it lasts no time at all, or longer than 366 days.
    pub fn repeating(cron: Cron, lasts: Duration) -> Result<Window, BadWindow> {
        if lasts.is_zero() || lasts > LONGEST {
            let what = "a window lasts between a second and 366 days";
            return Err(BadWindow(what.to_owned()));
        }
        Ok(Window(Shape::Repeating { cron, lasts }))
    }

    // ANCHOR: open
    /// The occurrence that a moment lies in, if the window is open then.
    pub fn open_at(&self, at: i64) -> Option<Occurrence> {
        let found = match &self.0 {
            Shape::Once(once) => *once,
            // What is open now has begun within the time that it lasts.
            Shape::Repeating { cron, lasts } => begins_after(
                cron,
                *lasts,
                at.saturating_sub(milliseconds(*lasts)),
            )?,
        };
        (found.from <= at && at < found.to).then_some(found)
    }
    // ANCHOR_END: open

    /// The first occurrence that begins after a moment.
    pub fn next(&self, after: i64) -> Option<Occurrence> {
        match &self.0 {
            Shape::Once(once) => Some(*once).filter(|one| one.from > after),
            Shape::Repeating { cron, lasts } => {
                begins_after(cron, *lasts, after)
            }
        }
    }

    /// The occurrences of which a part lies between two moments, the oldest
    /// first, and at most so many.
    pub fn occurrences(
        &self,
        from: i64,
        to: i64,
        most: usize,
    ) -> Vec<Occurrence> {
        let mut found = Vec::new();
        let mut next = self.open_at(from).or_else(|| self.next(from));
        while let Some(one) = next
            && one.from < to
            && found.len() < most
        {
            found.push(one);
            next = self.next(one.from);
        }
        found
    }

    /// How it repeats, for people; nothing when it is open once.
    pub fn repeats(&self) -> Option<String> {
        match &self.0 {
            Shape::Once(_) => None,
            Shape::Repeating { .. } => Some(self.to_string()),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shape::Once(Occurrence { from, to }) => {
                let shown = |at| Timestamp::from_millisecond(at);
                let (Ok(from), Ok(to)) = (shown(*from), shown(*to)) else {
                    return write!(f, "{from} to {to}");
                };
                write!(f, "{from} to {to}")
            }
            Shape::Repeating { cron, lasts } => {
                write!(f, "{cron}, for {}", in_words(*lasts))
            }
        }
    }
}

/// Which of two hours is meant, in the night in which an hour comes twice.
#[derive(Clone, Copy)]
enum Fold {
    First,
    Second,
}

/// The moment at which a time is shown on the wall.
fn moment(text: &str, zone: &TimeZone, fold: Fold) -> Result<i64, BadWindow> {
    let read: Result<DateTime, _> = text.trim().parse();
    let time = read.map_err(|_| {
        BadWindow(format!(
            "`{}` is no time: write one such as \"2026-12-01 22:00\"",
            text.escape_debug()
        ))
    })?;
    let either = zone.to_ambiguous_timestamp(time);
    // A time in the hour that is skipped is an hour later, for either.
    let moment = match fold {
        _ if !either.is_ambiguous() => either.compatible(),
        Fold::First => either.compatible(),
        Fold::Second => either.later(),
    };
    let moment = moment.map_err(|error| BadWindow(error.to_string()))?;
    Ok(moment.as_millisecond())
}

fn begins_after(
    cron: &Cron,
    lasts: Duration,
    after: i64,
) -> Option<Occurrence> {
    let after = Timestamp::from_millisecond(after).ok()?;
    let from = cron.next(after)?.as_millisecond();
    Some(Occurrence { from, to: from.checked_add(milliseconds(lasts))? })
}

fn milliseconds(time: Duration) -> i64 {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
