//! A chart's question, and its answer in columns.

use serde::{Deserialize, Serialize};

use crate::error::{Error, RawError, RawResult};
use crate::pack::{self, Level};
use crate::readers::Snapshot;
use crate::resolution;
use crate::roll_up::{self, Detail};
use crate::sample::{HOUR, MINUTE, sane, start_of};
use crate::series;
use crate::summary::{Bin, Summary};
use crate::{METRICS, Metric};

/// The most points of an answer.
const MOST_POINTS: i64 = 20_000;
/// The most samples of an answer whose points are samples.
const MOST_SAMPLES: usize = 100_000;
/// The longest step: a hundred years of hours.
const LONGEST_STEP: i64 = 100 * 365 * 24 * HOUR;

/// A chart's question: one metric of one target over a length of time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HistoryQuery {
    /// The metric, such as `ping`.
    pub metric: String,
    /// The target. May be left out where there is only one.
    pub target: Option<String>,
    /// From this time on, in Unix milliseconds.
    pub from: i64,
    /// Up to and including this time, in Unix milliseconds.
    pub to: i64,
    /// How many milliseconds one point stands for; 0 makes each sample a
    /// point. Left out, it is chosen so that there are up to 1,500 points.
    /// The answer is coarser where only coarser summaries are kept.
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
/// between two points, there is a point with a count of 0.
///
/// Percentiles are of nearest rank, as the crate `statistics` defines them.
/// They are exact where a point stands for less than a minute or for one hour,
/// and where all samples are still kept and are not more than 100,000;
/// otherwise they are within 1 %. Counts, minimum and maximum are exact.
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
    /// How many milliseconds one point stands for; 0: each point is a sample.
    pub step: i64,
    /// Where each point begins, in Unix milliseconds: a multiple of the step.
    pub times: Vec<i64>,
    /// How many samples each point stands for, failed ones included.
    pub count: Vec<u64>,
    /// How many of them were lost or failed.
    pub failed: Vec<u64>,
    /// The least value of each point.
    pub minimum: Vec<Option<f64>>,
    /// The 25th percentile.
    pub p25: Vec<Option<f64>>,
    /// The 50th percentile.
    pub median: Vec<Option<f64>>,
    /// The 75th percentile.
    pub p75: Vec<Option<f64>>,
    /// The 95th percentile.
    pub p95: Vec<Option<f64>>,
    /// The greatest value of each point.
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

pub(crate) fn answer(
    snapshot: &Snapshot<'_>,
    query: &HistoryQuery,
) -> RawResult<Columns> {
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
    let (series, target) = find_series(snapshot, query)?;
    let mut columns = Columns {
        metric: query.metric.clone(),
        target,
        unit: metric.unit.to_owned(),
        from: query.from,
        to: query.to,
        step: query.step.unwrap_or_else(|| {
            resolution::resolution_for(query.to.saturating_sub(query.from))
        }),
        ..Columns::default()
    };
    let Some(series) = series else { return Ok(columns) };
    let Some((first, last)) = ends(snapshot, series)? else {
        return Ok(columns);
    };
    let (from, to) = (sane(query.from).max(first), sane(query.to).min(last));
    if from > to {
        return Ok(columns);
    }
    let detail = roll_up::detail(snapshot.sql, from, to)?;
    if query.step.is_none()
        && detail == Detail::Samples
        && resolution::fits(samples_in(snapshot, series, from, to)?)
    {
        columns.step = 0;
    }
    columns.step = possible(columns.step, detail);
    match columns.step {
        0 => one_by_one(snapshot, series, from, to, &mut columns)?,
        step => in_steps(snapshot, series, from, to, step, &mut columns)?,
    }
    Ok(columns)
}

fn refused(reason: String) -> RawError {
    Error::Query(reason).into()
}

/// The series that is asked for, if it exists, and its target.
fn find_series(
    snapshot: &Snapshot<'_>,
    query: &HistoryQuery,
) -> RawResult<(Option<i64>, String)> {
    if let Some(target) = &query.target {
        let series = series::find(snapshot, &query.metric, target)?;
        return Ok((series, target.clone()));
    }
    let mut targets = series::targets(snapshot, &query.metric)?;
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

/// The first and the last moment of which anything is kept.
fn ends(snapshot: &Snapshot<'_>, series: i64) -> RawResult<Option<(i64, i64)>> {
    let closed = pack::ends(snapshot.sql, Level::Hour, series)?
        .map(|(first, last)| (first, last + HOUR - 1));
    Ok(match (closed, snapshot.recent.ends(series)) {
        (Some((first, last)), Some((new_first, new_last))) => {
            Some((first.min(new_first), last.max(new_last)))
        }
        (closed, new) => closed.or(new),
    })
}

/// The step that is wanted, or the next one for which enough detail is kept.
fn possible(wanted: i64, detail: Detail) -> i64 {
    let wanted = wanted.min(LONGEST_STEP);
    let multiple = |of: i64| ((wanted.max(1) - 1) / of + 1) * of;
    match detail {
        Detail::Samples => wanted,
        Detail::Minutes => multiple(MINUTE),
        Detail::Hours => multiple(HOUR),
    }
}

/// About how many samples there are. Of a closed hour that is only partly
/// asked for, the same part of its samples is counted.
fn samples_in(
    snapshot: &Snapshot<'_>,
    series: i64,
    from: i64,
    to: i64,
) -> RawResult<u64> {
    let hour = start_of(from, HOUR);
    let mut closed = 0;
    let row = start_of(from, Level::Hour.row());
    pack::each(snapshot.sql, Level::Hour, series, row, to, |at, part| {
        if (hour..=to).contains(&at) {
            let inside = to.min(at + HOUR - 1) - from.max(at) + 1;
            closed += part.count * inside.unsigned_abs() / HOUR.unsigned_abs();
        }
    })?;
    let open = snapshot.recent.points(series, from..=to).count();
    Ok(closed + open as u64)
}

fn one_by_one(
    snapshot: &Snapshot<'_>,
    series: i64,
    from: i64,
    to: i64,
    columns: &mut Columns,
) -> RawResult<()> {
    let points = series::points(snapshot, series, from, to, MOST_SAMPLES + 1)?;
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
    snapshot: &Snapshot<'_>,
    series: i64,
    from: i64,
    to: i64,
    step: i64,
    columns: &mut Columns,
) -> RawResult<()> {
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
    // Samples say more than summaries, as long as they are kept and are not
    // so many that somebody has to wait for them.
    let samples_do = step % HOUR != 0
        && roll_up::detail(snapshot.sql, first, end)? == Detail::Samples
        && samples_in(snapshot, series, first, end)? <= MOST_SAMPLES as u64;
    let level = match step {
        _ if step % HOUR == 0 => Some(Level::Hour),
        _ if step % MINUTE == 0 && !samples_do => Some(Level::Minute),
        _ => None,
    };
    match level {
        None => {
            for point in
                series::points(snapshot, series, first, end, usize::MAX)?
            {
                bins[place(point.at)].add(point.value);
            }
        }
        Some(level) => {
            for point in snapshot.recent.points(series, first..=end) {
                bins[place(point.at)].add(point.value);
            }
            let row = start_of(first, level.row());
            pack::each(snapshot.sql, level, series, row, end, |at, part| {
                if (first..=end).contains(&at) {
                    bins[place(at)].add_part(part);
                }
            })?;
        }
    }
    for (number, bin) in (0..).zip(bins) {
        columns.push(first + number * step, &bin.summary());
    }
    Ok(())
}
