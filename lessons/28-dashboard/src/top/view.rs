//! The state of the terminal: everything that is drawn, and how each message
//! changes it.

use std::collections::HashMap;

use history::{Columns, Sample};

use super::query::escape;
use crate::api::{Event, Progress, State, Status, TargetStatus};

/// How many of a target's last results are shown as bars.
const LAST: usize = 60;
/// The width of the scale at the left of the chart, in columns.
pub const SCALE: u16 = 10;

/// A chart that is older than this, in milliseconds, is asked for anew.
const OLD: i64 = 5_000;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// The ranges of the chart: key, name, milliseconds.
pub const RANGES: [(char, &str, i64); 5] = [
    ('h', "hour", HOUR),
    ('d', "day", DAY),
    ('w', "week", 7 * DAY),
    ('m', "month", 30 * DAY),
    ('y', "year", 365 * DAY),
];

/// A request to the monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The figures of a chart that ends at this time.
    Chart(Chart, i64),
    /// A speed test of this name, now.
    Test(String),
}

/// What a chart shows: a metric of a target over a range of time, in as many
/// columns as the terminal has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub metric: String,
    pub target: String,
    pub range: usize,
    pub columns: u16,
}

impl Chart {
    /// The path and query that ask for it, up to `end`.
    pub fn path(&self, end: i64) -> String {
        let (.., length) = RANGES[self.range];
        let step = round_up(length / i64::from(self.columns).max(1));
        let (metric, target) = (escape(&self.metric), escape(&self.target));
        let from = end - length;
        format!(
            "/api/history?metric={metric}&target={target}&from={from}&to={end}\
             &step={step}"
        )
    }
}

/// Rounds a step up to whole hours, minutes or seconds: the history has
/// summaries of those.
fn round_up(step: i64) -> i64 {
    let unit = match step {
        HOUR.. => HOUR,
        60_000.. => 60_000,
        _ => 1_000,
    };
    (step + unit - 1) / unit * unit
}

/// The place of a target in the list. Planned work is no trouble.
fn rank(target: &TargetStatus) -> u8 {
    match target.state {
        State::Up => 5,
        _ if target.maintenance.is_some() => 4,
        State::Down => 0,
        State::Degraded => 1,
        State::Unreachable => 2,
        State::Unknown => 3,
    }
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub struct View {
    /// What the monitor last said of everything.
    pub status: Option<Status>,
    /// Why no events come, if none do.
    pub lost: Option<String>,
    /// How far the speed test is that runs, if one does.
    pub progress: Option<Progress>,
    /// Why the last command was refused.
    pub refusal: String,
    /// The chosen target's place in the list, and the chosen range's.
    pub chosen: usize,
    pub range: usize,
    /// The last results by target.
    pub last: HashMap<String, Vec<Option<f64>>>,
    /// The chart that is drawn, and its figures.
    pub chart: Option<(Chart, Columns)>,
    /// The chart that was asked for last, and when, by the monitor's clock.
    requested: Option<(Chart, i64)>,
}

impl View {
    /// Takes what the monitor has sent.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Status(status) => self.status(*status),
            Event::Sample(sample) => self.sample(&sample),
            Event::Progress(progress) => {
                self.progress = Some((*progress).clone());
            }
            // The next status has it.
            Event::Alert(_) => {}
        }
    }

    /// Takes a status. What is wrong comes first in the list, and the chosen
    /// target stays chosen, wherever it stands now.
    pub fn status(&mut self, mut status: Status) {
        self.lost = None;
        let running = status.speed.iter().any(|test| test.running);
        if !running {
            self.progress = None;
        }
        status.targets.sort_by_key(rank);
        let most = status.targets.len().saturating_sub(1);
        let same = self.target().and_then(|chosen| {
            let mut targets = status.targets.iter();
            targets.position(|target| target.name == chosen.name)
        });
        self.chosen = same.unwrap_or(self.chosen).min(most);
        self.last.retain(|name, _| {
            status.targets.iter().any(|target| target.name == *name)
        });
        self.status = Some(status);
    }

    pub fn sample(&mut self, sample: &Sample) {
        let Some(status) = &mut self.status else { return };
        let known = status.targets.iter_mut().find(|target| {
            target.name == sample.target && target.metric == sample.metric
        });
        let Some(target) = known else { return };
        target.value = sample.value;
        let last = self.last.entry(sample.target.clone()).or_default();
        last.push(sample.value);
        if last.len() > LAST {
            last.remove(0);
        }
    }

    /// Takes a chart, unless another one has been chosen since.
    pub fn history(&mut self, chart: Chart, columns: Columns) {
        if let Some((last, _)) = &self.requested
            && *last == chart
        {
            self.chart = Some((chart, columns));
        }
    }

    /// Chooses the next target, or the one before.
    pub fn choose(&mut self, by: isize) {
        let most = self.targets().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(most);
    }

    /// Chooses the next longer range, or the next shorter one.
    pub fn widen(&mut self, by: isize) {
        let most = RANGES.len() - 1;
        self.range = self.range.saturating_add_signed(by).min(most);
    }

    /// Chooses the range of this key, if there is one.
    pub fn range_of(&mut self, letter: char) {
        let found = RANGES.iter().position(|(key, ..)| *key == letter);
        self.range = found.unwrap_or(self.range);
    }

    /// The speed test that can be started now.
    pub fn test(&self) -> Option<String> {
        let tests = &self.status.as_ref()?.speed;
        let idle = tests.iter().find(|test| !test.running)?;
        Some(idle.name.clone())
    }

    pub fn targets(&self) -> &[TargetStatus] {
        self.status.as_ref().map_or(&[], |status| &status.targets)
    }

    pub fn target(&self) -> Option<&TargetStatus> {
        self.targets().get(self.chosen)
    }

    /// The chart that is needed now, if it was not asked for just before, and
    /// where it ends.
    pub fn next_chart(&mut self, width: u16) -> Option<(Chart, i64)> {
        let target = self.target()?;
        let chart = Chart {
            metric: target.metric.clone(),
            target: target.name.clone(),
            range: self.range,
            columns: width.saturating_sub(SCALE + 2).max(10),
        };
        let now = self.status.as_ref()?.now;
        if let Some((last, at)) = &self.requested
            && *last == chart
            && (now - at).abs() < OLD
        {
            return None;
        }
        self.requested = Some((chart.clone(), now));
        Some((chart, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let mut view = View::default();
        let target = |name: &str| TargetStatus {
            name: name.to_owned(),
            metric: "ping".to_owned(),
            ..TargetStatus::default()
        };
        view.status(Status {
            targets: vec![target("router"), target("a&b")],
            ..Status::default()
        });
        view
    }

    #[test]
    fn a_chart_is_asked_for_once_until_it_is_old() {
        let mut view = view();
        let (first, _) = view.next_chart(80).expect("a chart");
        assert_eq!(view.next_chart(80), None);
        view.choose(1);
        let (second, end) = view.next_chart(80).expect("another target");
        assert!(second.path(end).contains("target=a%26b&"));
        view.history(first, Columns::default());
        assert!(view.chart.is_none(), "the answer comes too late");
        view.history(second.clone(), Columns::default());
        assert!(view.chart.is_some());
        view.status.as_mut().expect("one").now += 6_000;
        assert_eq!(view.next_chart(80), Some((second, 6_000)));
    }

    #[test]
    fn the_choice_stays_within_the_list() {
        let mut view = view();
        view.choose(-1);
        assert_eq!(view.chosen, 0);
        view.choose(9);
        assert_eq!(view.chosen, 1);
        view.status(Status::default());
        assert_eq!(view.chosen, 0);
        assert_eq!(view.next_chart(80), None);
        view.range_of('y');
        view.widen(1);
        assert_eq!(RANGES[view.range].1, "year");
        view.range_of('x');
        assert_eq!(RANGES[view.range].1, "year");
    }

    #[test]
    fn the_last_results_of_a_target_are_kept() {
        let mut view = view();
        for value in 0..100 {
            let value = Some(f64::from(value));
            view.sample(&Sample::new(0, "ping", "router", value));
        }
        let last = &view.last["router"];
        assert_eq!((last.len(), last[0]), (LAST, Some(40.0)));
        view.status(Status::default());
        assert!(view.last.is_empty());
    }
}
