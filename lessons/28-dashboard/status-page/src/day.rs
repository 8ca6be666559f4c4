//! A day of a part: how long it was watched, and how much of that was trouble.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use report::TargetReport;

/// The most trouble of a day, in milliseconds, that still counts as little.
const LITTLE: i64 = 60 * 60 * 1000;

/// One day in the monitor's time zone.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Day {
    /// The day, `2026-11-24`.
    pub date: String,
    /// Its first moment and its end, in Unix milliseconds.
    pub from: i64,
    pub to: i64,
    /// How long it was watched, in milliseconds, and for how much of that it
    /// did not answer. Planned work is neither. Of several targets, all are
    /// sums.
    pub watched: i64,
    pub down: i64,
    pub planned: i64,
}

/// A length of time, in Unix milliseconds.
pub(crate) type Span = (i64, i64);

/// What a day was like, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Nothing was wrong.
    Good,
    /// There was trouble, up to an hour of it.
    Little,
    /// There was more.
    Much,
    /// There was nothing but planned work.
    Planned,
    /// Nobody watched.
    Unknown,
}

impl Day {
    pub fn weather(&self) -> Weather {
        match (self.watched, self.down) {
            (..=0, _) if self.planned > 0 => Weather::Planned,
            (..=0, _) => Weather::Unknown,
            (_, 0) => Weather::Good,
            (_, ..=LITTLE) => Weather::Little,
            _ => Weather::Much,
        }
    }

    // ANCHOR: add
    /// Adds what was measured of a target on this day, up to `now`. `planned`
    /// is when there was planned work.
    pub fn add(&mut self, target: &TargetReport, planned: &[Span], now: i64) {
        let end = self.to.min(now);
        let gaps: Vec<Span> =
            target.gaps.iter().map(|gap| (gap.from, gap.to)).collect();
        let known = without(&[(self.from, end)], &gaps);
        let counted = without(&known, planned);
        self.planned += length(&known) - length(&counted);
        self.watched += length(&counted);
        let mut answered = counted.clone();
        for outage in &target.outages {
            let to = outage.to.unwrap_or(end);
            answered = without(&answered, &[(outage.from, to)]);
        }
        self.down += length(&counted) - length(&answered);
    }
    // ANCHOR_END: add
}

/// What is left of some lengths of time without others.
fn without(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut left = spans.to_vec();
    for (from, to) in others {
        let mut rest = Vec::new();
        for (start, end) in left {
            let parts = [(start, end.min(*from)), (start.max(*to), end)];
            rest.extend(parts.iter().filter(|(start, end)| start < end));
        }
        left = rest;
    }
    left
}

fn length(spans: &[Span]) -> i64 {
    spans.iter().map(|(from, to)| (to - from).max(0)).sum()
}

/// The last days up to `now`, the oldest first, and today the last. A day has
/// 23 or 25 hours where the clocks are changed.
pub(crate) fn days_until(now: i64, count: i64, zone: &TimeZone) -> Vec<Day> {
    let now = Timestamp::from_millisecond(now).unwrap_or_default();
    let today = now.to_zoned(zone.clone()).date();
    let begins = |date: Date| {
        let first = date.to_zoned(zone.clone());
        first.map_or(0, |first| first.timestamp().as_millisecond())
    };
    let mut days = Vec::new();
    for ago in (0..count).rev() {
        let date = today.saturating_sub(ago.days());
        let next = date.saturating_add(1.day());
        days.push(Day {
            date: date.to_string(),
            from: begins(date),
            to: begins(next),
            ..Day::default()
        });
    }
    days
}

/// The share of the watched time of these days without trouble, 0 to 1.
pub(crate) fn availability(days: &[Day]) -> Option<f64> {
    let watched: i64 = days.iter().map(|day| day.watched).sum();
    let down: i64 = days.iter().map(|day| day.down).sum();
    (watched > 0).then(|| 1.0 - down as f64 / watched as f64)
}

#[cfg(test)]
mod tests {
    use report::{Gap, Outage};

    use super::*;

    const HOUR: i64 = 60 * 60 * 1000;

    fn outage(from: i64, to: Option<i64>) -> Outage {
        Outage {
            from,
            to,
            answered: to.is_some(),
            off_by: 0,
            failed: 3,
            error: None,
            planned: 0,
            window: None,
            unreachable: 0,
        }
    }

    #[test]
    fn an_outage_over_midnight_is_shared_by_two_days() {
        let now = 60 * HOUR;
        let mut days = days_until(now, 3, &TimeZone::UTC);
        let target = TargetReport {
            gaps: vec![Gap { from: 0, to: 12 * HOUR }],
            outages: vec![
                outage(23 * HOUR, Some(26 * HOUR)),
                outage(59 * HOUR, None),
            ],
            ..TargetReport::default()
        };
        for day in &mut days {
            day.add(&target, &[], now);
        }
        let hours: Vec<_> = days
            .iter()
            .map(|day| (day.watched / HOUR, day.down / HOUR, day.weather()))
            .collect();
        assert_eq!(
            hours,
            [
                (12, 1, Weather::Little),
                (24, 2, Weather::Much),
                (12, 1, Weather::Little),
            ]
        );
        assert_eq!(availability(&days), Some(1.0 - 4.0 / 48.0));
    }

    #[test]
    fn planned_work_is_neither_watched_nor_down() {
        let now = 48 * HOUR;
        let mut days = days_until(now - 1, 2, &TimeZone::UTC);
        let target = TargetReport {
            outages: vec![outage(2 * HOUR, Some(6 * HOUR))],
            ..TargetReport::default()
        };
        // Two windows that overlap each other and half of the outage.
        let planned = [(HOUR, 3 * HOUR), (2 * HOUR, 4 * HOUR)];
        days[0].add(&target, &planned, now);
        let day = &days[0];
        assert_eq!(day.planned / HOUR, 3);
        assert_eq!((day.watched / HOUR, day.down / HOUR), (21, 2));
        days[1].add(&target, &[(24 * HOUR, 48 * HOUR)], now);
        assert_eq!(days[1].weather(), Weather::Planned);
    }

    #[test]
    fn a_day_on_which_the_clocks_are_changed_has_25_hours() {
        let zone = TimeZone::get("Europe/Stockholm").expect("known");
        // The clocks went back on 25 October 2026.
        let evening: Timestamp =
            "2026-10-25T20:00:00Z".parse().expect("a time");
        let days = days_until(evening.as_millisecond(), 2, &zone);
        assert_eq!(days[1].date, "2026-10-25");
        assert_eq!((days[1].to - days[1].from) / HOUR, 25);
        assert_eq!(days[0].to, days[1].from);
    }

    #[test]
    fn of_a_day_that_nobody_watched_nothing_is_claimed() {
        let mut days = days_until(30 * HOUR, 2, &TimeZone::UTC);
        let target = TargetReport {
            gaps: vec![Gap { from: 0, to: 30 * HOUR }],
            ..TargetReport::default()
        };
        days[0].add(&target, &[], 30 * HOUR);
        assert_eq!(days[0].weather(), Weather::Unknown);
        assert_eq!(availability(&days), None);
    }
}
