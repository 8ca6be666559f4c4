//! What a chart asks, and what it is told.

use serde::{Deserialize, Serialize};

use super::pack::{self, Level};
use super::roll_up::{self, Finest};
use super::sample::{HOUR, MINUTE, sane, start_of};
use super::summary::{Bin, Summary};
use super::{Error, Look, Step, series, step};
use crate::{METRICS, Metric};

/// A chart's question: one metric of one target over a length of time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HistoryQuery {
    /// The metric, such as `ping`.
    pub metric: String,
    /// The target. May be left out where there is only one.
    pub target: Option<String>,
    /// From this time on, in Unix milliseconds.
    pub from: i64,
    /// Up to this time, and with it, in Unix milliseconds.
    pub to: i64,
    /// How many milliseconds one point stands for; 0 for every sample as it
    /// is. Left out, as many as make up to 1,500 points. Where what is kept
    /// of so long ago is coarser, the answer is.
    pub step: Option<i64>,
}

impl HistoryQuery {
    /// Asks for a metric that has one target.
    pub fn new(metric: &str, from: i64, to: i64) -> HistoryQuery {
        let metric = metric.to_owned();
        HistoryQuery { metric, target: None, from, to, step: None }
    }

    /// Asks for this target.
    pub fn of(mut self, target: &str) -> HistoryQuery {
        self.target = Some(target.to_owned());
        self
    }
}

/// A chart's points, in columns of equal length. Where nothing was measured
/// between two points, there is one with nothing in it.
///
/// Percentiles are of nearest rank. They are exact where a point stands for
/// less than a minute, for one minute or one hour, or for samples of an hour
/// that is not closed; otherwise within 1 %.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Columns {
    /// The metric.
    pub metric: String,
    /// The target.
    pub target: String,
    /// The unit of all values: see [`Metric::unit`].
    pub unit: String,
    /// As asked.
    pub from: i64,
    /// As asked.
    pub to: i64,
    /// How many milliseconds one point stands for; 0: each is a sample.
    pub step: i64,
    /// Where each point begins, in Unix milliseconds: a multiple of the step.
    pub times: Vec<i64>,
    /// How many samples it stands for, with those that failed.
    pub count: Vec<u64>,
    /// How many of them were lost or failed.
    pub failed: Vec<u64>,
    /// The smallest value.
    pub minimum: Vec<Option<f64>>,
    /// A quarter of the values is not above this.
    pub p25: Vec<Option<f64>>,
    /// Half of them.
    pub median: Vec<Option<f64>>,
    /// Three quarters.
    pub p75: Vec<Option<f64>>,
    /// 95 %.
    pub p95: Vec<Option<f64>>,
    /// The largest value.
    pub maximum: Vec<Option<f64>>,
}

impl Columns {
    fn push(&mut self, at: i64, summary: &Summary) {
        self.times.push(at);
        self.count.push(summary.count);
        self.failed.push(summary.failed);
        let figures = summary.figures;
        self.minimum.push(figures.map(|figures| figures.minimum));
        self.p25.push(figures.map(|figures| figures.p25));
        self.median.push(figures.map(|figures| figures.median));
        self.p75.push(figures.map(|figures| figures.p75));
        self.p95.push(figures.map(|figures| figures.p95));
        self.maximum.push(figures.map(|figures| figures.maximum));
    }
}

/// The most points of an answer.
const MOST_POINTS: i64 = 20_000;
/// The most samples of an answer one by one.
const MOST_SAMPLES: usize = 100_000;
/// The longest step: a hundred years of hours.
const LONGEST_STEP: i64 = 100 * 365 * 24 * HOUR;

pub(super) fn answer(look: &Look<'_>, query: &HistoryQuery) -> Step<Columns> {
    let Some(metric) = Metric::find(&query.metric) else {
        let names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        return Err(refused(format!(
            "there is no metric `{}`: the metrics are {}",
            query.metric.escape_debug(),
            names.join(", ")
        )));
    };
    if query.step.is_some_and(|step| step < 0) {
        return Err(refused(
            "`step` is a number of milliseconds, or 0 for every sample"
                .to_owned(),
        ));
    }
    let (series, target) = which(look, query)?;
    let mut columns = Columns {
        metric: query.metric.clone(),
        target,
        unit: metric.unit.to_owned(),
        from: query.from,
        to: query.to,
        step: query.step.unwrap_or_else(|| {
            step::step_for(query.to.saturating_sub(query.from))
        }),
        times: Vec::new(),
        count: Vec::new(),
        failed: Vec::new(),
        minimum: Vec::new(),
        p25: Vec::new(),
        median: Vec::new(),
        p75: Vec::new(),
        p95: Vec::new(),
        maximum: Vec::new(),
    };
    let Some(series) = series else { return Ok(columns) };
    let Some((first, last)) = ends(look, series)? else {
        return Ok(columns);
    };
    let (from, to) = (sane(query.from).max(first), sane(query.to).min(last));
    if from > to {
        return Ok(columns);
    }
    let finest = roll_up::finest(look.sql, from, to)?;
    if query.step.is_none()
        && finest == Finest::Samples
        && step::fits(samples_in(look, series, from, to)?)
    {
        columns.step = 0;
    }
    columns.step = possible(columns.step, finest);
    match columns.step {
        0 => one_by_one(look, series, from, to, &mut columns)?,
        step => in_steps(look, series, from, to, step, &mut columns)?,
    }
    Ok(columns)
}

fn refused(words: String) -> super::Fault {
    Error::Query(words).into()
}

/// The series that is asked for, if there is anything of it, and its target.
fn which(look: &Look<'_>, query: &HistoryQuery) -> Step<(Option<i64>, String)> {
    if let Some(target) = &query.target {
        let series = series::find(look, &query.metric, target)?;
        return Ok((series, target.clone()));
    }
    let mut targets = series::targets(look, &query.metric)?;
    if targets.len() > 1 {
        let names: Vec<_> =
            targets.iter().map(|(_, target)| target.as_str()).collect();
        return Err(refused(format!(
            "there is {} of several targets: name one with `target`: {}",
            query.metric,
            names.join(", ")
        )));
    }
    Ok(match targets.pop() {
        Some((series, target)) => (Some(series), target),
        None => (None, String::new()),
    })
}

/// The first and the last moment of which there is anything.
fn ends(look: &Look<'_>, series: i64) -> Step<Option<(i64, i64)>> {
    let closed = pack::ends(look.sql, Level::Hour, series)?
        .map(|(first, last)| (first, last + HOUR - 1));
    Ok(match (closed, look.recent.ends(series)) {
        (Some((first, last)), Some((new_first, new_last))) => {
            Some((first.min(new_first), last.max(new_last)))
        }
        (closed, new) => closed.or(new),
    })
}

/// The step, as fine as it can be.
fn possible(wanted: i64, finest: Finest) -> i64 {
    let wanted = wanted.min(LONGEST_STEP);
    let multiple = |of: i64| ((wanted.max(1) - 1) / of + 1) * of;
    match finest {
        Finest::Samples => wanted,
        Finest::Minutes => multiple(MINUTE),
        Finest::Hours => multiple(HOUR),
    }
}

/// About how many samples there are: of a part of an hour, that part of them.
fn samples_in(look: &Look<'_>, series: i64, from: i64, to: i64) -> Step<u64> {
    let hour = start_of(from, HOUR);
    let mut closed = 0;
    let row = start_of(from, Level::Hour.row());
    pack::each(look.sql, Level::Hour, series, row, to, |at, summary, _| {
        if (hour..=to).contains(&at) {
            let inside = to.min(at + HOUR - 1) - from.max(at) + 1;
            closed +=
                summary.count * inside.unsigned_abs() / HOUR.unsigned_abs();
        }
    })?;
    let open = look.recent.points(series, from..=to).count();
    Ok(closed + open as u64)
}

fn one_by_one(
    look: &Look<'_>,
    series: i64,
    from: i64,
    to: i64,
    columns: &mut Columns,
) -> Step<()> {
    let points = series::points(look, series, from, to, MOST_SAMPLES + 1)?;
    if points.len() > MOST_SAMPLES {
        return Err(refused(format!(
            "these are more than {MOST_SAMPLES} samples: ask for a shorter \
             time, or for a `step`"
        )));
    }
    for point in points {
        let mut bin = Bin::default();
        bin.add(point.value);
        columns.push(point.at, &bin.summary());
    }
    Ok(())
}

fn in_steps(
    look: &Look<'_>,
    series: i64,
    from: i64,
    to: i64,
    step: i64,
    columns: &mut Columns,
) -> Step<()> {
    let first = start_of(from, step);
    let count = (to - first) / step + 1;
    if count > MOST_POINTS {
        return Err(refused(format!(
            "these are {count} points, {MOST_POINTS} are the most: ask for a \
             shorter time or a larger `step`"
        )));
    }
    let end = first.saturating_add(count.saturating_mul(step)) - 1;
    let mut bins: Vec<Bin> = Vec::new();
    bins.resize_with(count as usize, Bin::default);
    let place = |at: i64| ((at - first) / step) as usize;
    let level = match step {
        _ if step % HOUR == 0 => Some(Level::Hour),
        _ if step % MINUTE == 0 => Some(Level::Minute),
        _ => None,
    };
    match level {
        None => {
            for point in series::points(look, series, first, end, usize::MAX)? {
                bins[place(point.at)].add(point.value);
            }
        }
        Some(level) => {
            for point in look.recent.points(series, first..=end) {
                bins[place(point.at)].add(point.value);
            }
            let row = start_of(first, level.row());
            pack::each(
                look.sql,
                level,
                series,
                row,
                end,
                |at, part, sketch| {
                    if (first..=end).contains(&at) {
                        bins[place(at)].add_part(&part, sketch);
                    }
                },
            )?;
        }
    }
    for (number, bin) in (0..).zip(bins) {
        columns.push(first + number * step, &bin.summary());
    }
    Ok(())
}
