//! Everything that is drawn, and how news changes it.

use std::collections::HashMap;

use serde::Deserialize;

use super::client::escape;
use report::usual;

/// How many of a target's last results are shown as bars.
const LAST: usize = 60;
/// The chart's left side, where its scale stands, in columns.
pub const SCALE: u16 = 10;

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

/// What the monitor says of itself, as far as it is shown here. Whatever is
/// missing in another version of it is left empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Status {
    pub name: String,
    pub now: i64,
    pub state: String,
    pub paused: Option<String>,
    pub trouble: Option<String>,
    pub targets: Vec<Target>,
    pub speed: Vec<Speed>,
    pub alerts: Vec<Alert>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Target {
    pub name: String,
    pub metric: String,
    pub state: String,
    pub value: Option<f64>,
    pub loss: f64,
    pub since: Option<i64>,
    pub last: Option<i64>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Speed {
    pub name: String,
    pub last: Option<i64>,
    pub next: Option<i64>,
    pub running: bool,
    pub download_bps: Option<f64>,
    pub upload_bps: Option<f64>,
    pub idle_latency_ms: Option<f64>,
    pub loaded_latency_ms: Option<Loaded>,
    pub grade: Option<String>,
    pub error: Option<String>,
    pub bufferbloat_error: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Loaded {
    pub download: Option<f64>,
    pub upload: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Alert {
    pub name: String,
    pub target: String,
    pub state: String,
    pub since: i64,
    pub words: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sample {
    pub metric: String,
    pub target: String,
    pub value: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    pub name: String,
    pub phase: String,
    pub bps: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Columns {
    pub from: i64,
    pub to: i64,
    pub step: i64,
    pub times: Vec<i64>,
    pub count: Vec<u64>,
    pub failed: Vec<u64>,
    pub minimum: Vec<Option<f64>>,
    pub p25: Vec<Option<f64>>,
    pub median: Vec<Option<f64>>,
    pub p75: Vec<Option<f64>>,
    pub p95: Vec<Option<f64>>,
    pub maximum: Vec<Option<f64>>,
}

impl Columns {
    /// Where the chart ends, at a usual value.
    pub fn usual(&self) -> f64 {
        usual(self.p95.iter().flatten().copied()).unwrap_or(1.0)
    }
}

/// What is asked of the monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A chart's figures.
    History { metric: String, target: String, range: usize, columns: u16 },
    /// A speed test now.
    Test { name: String },
}

impl Ask {
    /// The path and query that ask it, up to now.
    pub fn path(&self) -> String {
        let now = jiff::Timestamp::now().as_millisecond();
        match self {
            Ask::Test { name } => format!("/api/tests/{}", escape(name)),
            Ask::History { metric, target, range, columns } => {
                let (.., length) = RANGES[*range];
                let step = round_up(length / i64::from(*columns).max(1));
                let metric = escape(metric);
                let target = escape(target);
                let from = now - length;
                format!(
                    "/api/history?metric={metric}&target={target}\
                     &from={from}&to={now}&step={step}"
                )
            }
        }
    }
}

/// To whole hours, minutes or seconds: of those the history has summaries.
fn round_up(step: i64) -> i64 {
    let unit = match step {
        HOUR.. => HOUR,
        60_000.. => 60_000,
        _ => 1_000,
    };
    (step + unit - 1) / unit * unit
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub struct View {
    pub status: Option<Status>,
    /// Why there is no news, if there is none.
    pub lost: Option<String>,
    pub progress: Option<Progress>,
    /// What came of the last command.
    pub said: String,
    /// The chosen target's place in the list, and the chosen range's.
    pub chosen: usize,
    pub range: usize,
    /// The last results by target.
    pub last: HashMap<String, Vec<Option<f64>>>,
    /// What the chart shows, and of whom.
    pub chart: Option<(Ask, Columns)>,
    /// When the chart was last asked for, by the monitor's clock.
    asked: Option<(Ask, i64)>,
}

impl View {
    pub fn status(&mut self, status: Status) {
        self.lost = None;
        let running = status.speed.iter().any(|test| test.running);
        if !running {
            self.progress = None;
        }
        self.chosen = self.chosen.min(status.targets.len().saturating_sub(1));
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
    pub fn history(&mut self, ask: &Ask, columns: Columns) {
        let wanted = self.asked.as_ref().is_some_and(|(last, _)| last == ask);
        if wanted {
            self.chart = Some((ask.clone(), columns));
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

    /// Chooses the range of this key, if it is one's.
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

    pub fn targets(&self) -> &[Target] {
        self.status.as_ref().map_or(&[], |status| &status.targets)
    }

    pub fn target(&self) -> Option<&Target> {
        self.targets().get(self.chosen)
    }

    /// What the chart needs now, if it has not been asked for just before.
    pub fn question(&mut self, width: u16) -> Option<Ask> {
        /// A column of the shortest range is older than this, in
        /// milliseconds.
        const OLD: i64 = 5_000;
        let target = self.target()?;
        let ask = Ask::History {
            metric: target.metric.clone(),
            target: target.name.clone(),
            range: self.range,
            columns: width.saturating_sub(SCALE + 2).max(10),
        };
        let now = self.status.as_ref()?.now;
        match &self.asked {
            Some((last, at)) if *last == ask && (now - at).abs() < OLD => None,
            _ => {
                self.asked = Some((ask.clone(), now));
                Some(ask)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let mut view = View::default();
        let target = |name: &str| Target {
            name: name.to_owned(),
            metric: "ping".to_owned(),
            ..Target::default()
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
        let first = view.question(80).expect("a question");
        assert_eq!(view.question(80), None);
        view.choose(1);
        let second = view.question(80).expect("another target");
        assert!(second.path().contains("target=a%26b&"));
        view.history(&first, Columns::default());
        assert!(view.chart.is_none(), "the answer comes too late");
        view.history(&second, Columns::default());
        assert!(view.chart.is_some());
        view.status.as_mut().expect("one").now += 6_000;
        assert_eq!(view.question(80), Some(second));
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
        assert_eq!(view.question(80), None);
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
            view.sample(&Sample {
                metric: "ping".to_owned(),
                target: "router".to_owned(),
                value: Some(f64::from(value)),
            });
        }
        let last = &view.last["router"];
        assert_eq!((last.len(), last[0]), (LAST, Some(40.0)));
        view.status(Status::default());
        assert!(view.last.is_empty());
    }
}
