//! The table `[[alert]]`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::place_rule::{FromPlaces, from_places, place_rule};
use super::value::{in_unit, within};
use super::window::members;
use super::{ALL, Named, Result, Source, Table};
use crate::Config;
use alerts::{Condition, Rule};
use daemon::units::{Amount, Length, OneOrMore};
use history::{METRICS, Metric, Origin};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertTable {
    pub(super) name: Spanned<String>,
    target: Option<Spanned<OneOrMore<String>>>,
    #[serde(alias = "groups")]
    group: Option<Spanned<OneOrMore<String>>>,
    speed: Option<Spanned<OneOrMore<String>>>,
    place: Option<Spanned<OneOrMore<String>>>,
    pub(super) from: Option<Spanned<FromPlaces>>,
    metric: Option<Spanned<String>>,
    above: Option<Spanned<Amount>>,
    below: Option<Spanned<Amount>>,
    learnt: Option<Spanned<bool>>,
    after: Option<Spanned<u32>>,
    recover_after: Option<Spanned<u32>>,
    remind: Option<Spanned<Length>>,
    #[serde(default)]
    pub(super) notify: Vec<Spanned<String>>,
}

impl AlertTable {
    /// A key that says something about a series of values, and its place.
    pub(super) fn key_of_a_series(&self) -> Option<(&str, Range<usize>)> {
        fn at<T>(value: &Option<Spanned<T>>) -> Option<Range<usize>> {
            value.as_ref().map(Spanned::span)
        }
        let keys = [
            ("target", at(&self.target)),
            ("group", at(&self.group)),
            ("speed", at(&self.speed)),
            ("from", at(&self.from)),
            ("metric", at(&self.metric)),
            ("above", at(&self.above)),
            ("below", at(&self.below)),
            ("learnt", at(&self.learnt)),
            ("after", at(&self.after)),
            ("recover_after", at(&self.recover_after)),
        ];
        keys.into_iter().find_map(|(key, at)| Some((key, at?)))
    }
}

/// A person who is called more often has no time to see to it.
const SHORTEST_REMIND: Duration = Duration::from_secs(60);

impl Named for AlertTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

pub(super) fn rule(
    source: &Source<'_>,
    table: Table<AlertTable>,
    config: &Config,
) -> Result<Rule> {
    let Table { at, value: table } = table;
    if let Some(wanted) = &table.place {
        return place_rule(source, &table, wanted, config);
    }
    let metric = table
        .metric
        .as_ref()
        .map(|metric| {
            Metric::find(metric.get_ref()).ok_or_else(|| {
                let names: Vec<&str> =
                    METRICS.iter().map(|metric| metric.name).collect();
                let what = format!(
                    "`{}` is not measured: write one of {}",
                    metric.get_ref().escape_debug(),
                    names.join(", ")
                );
                source.error(metric.span(), "alert.metric", what)
            })
        })
        .transpose()?;
    let of_targets = table.target.is_some() || table.group.is_some();
    let series = match (of_targets, &table.speed) {
        (false, None) => {
            return Err(source.error(
                at,
                "alert.target",
                "it watches nothing: add target = \"NAME\", group = \"NAME\", \
                 speed = \"NAME\", place = \"NAME\", or \"all\" for one of \
                 them",
            ));
        }
        (true, Some(speed)) => {
            return Err(source.error(
                speed.span(),
                "alert.speed",
                "there is `target` or `group`, too: write an [[alert]] for \
                 each",
            ));
        }
        (true, None) => {
            let known: Vec<(&str, &'static str)> = config
                .targets
                .iter()
                .map(|target| (target.name.as_str(), target.metric()))
                .collect();
            let mut all = Vec::new();
            if let Some(wanted) = &table.target {
                all = series(source, "target", wanted, metric, &known)?;
            }
            if let Some(groups) = &table.group {
                // Of a group, as of all, the rule watches those that fit.
                let names = members(source, "alert.group", groups, config)?;
                let known: Vec<_> = known
                    .into_iter()
                    .filter(|(name, _)| names.iter().any(|one| one == name))
                    .collect();
                let every = OneOrMore(vec![ALL.to_owned()]);
                let every = Spanned::new(groups.span(), every);
                all.extend(series(source, "target", &every, metric, &known)?);
            }
            let mut seen = BTreeSet::new();
            all.retain(|(name, _)| seen.insert(name.clone()));
            all
        }
        (false, Some(wanted)) => {
            let known: Vec<(&str, &'static str)> = config
                .speed
                .iter()
                .map(|test| (test.name.as_str(), "download"))
                .collect();
            series(source, "speed", wanted, metric, &known)?
        }
    };
    if let Some(metric) = metric {
        let place = table.metric.as_ref().map_or(at.clone(), Spanned::span);
        let origin = match of_targets {
            true => Origin::Target,
            false => Origin::Speed,
        };
        if metric.origin != Origin::Both && metric.origin != origin {
            let (of, wanted) = match metric.origin {
                Origin::Target => ("targets", "target"),
                _ => ("speed tests", "speed"),
            };
            let what = format!(
                "{of} have this metric: write `{wanted} = …`, or name \
                 another metric"
            );
            return Err(source.error(place, "alert.metric", what));
        }
    }
    let condition = condition(source, at, &table, metric, &series)?;
    if let (Some(written), Some(metric)) = (&table.metric, metric)
        && metric.origin == Origin::Both
    {
        let error =
            |what: &str| source.error(written.span(), "alert.metric", what);
        if of_targets && condition == Condition::Fails {
            return Err(error(
                "a target's share never fails: add `above`, such as above = \
                 \"5%\", or learnt = true",
            ));
        }
        let both = |(name, _): &&(String, &'static str)| {
            config.target(name).is_some() && config.speed_test(name).is_some()
        };
        if let Some((name, _)) = series.iter().find(both) {
            return Err(error(&format!(
                "`{name}` is a target and a speed test, and both have this \
                 metric: give one of them another name"
            )));
        }
    }
    let notify = notifiers_of(source, &table.notify, config)?;
    let series = match &table.speed {
        None => from_places(source, &table, series, config)?,
        Some(_) => series,
    };
    let times = |key: &str, written: Option<&Spanned<u32>>| {
        within(source, &format!("alert.{key}"), written, 1..=100_000)
    };
    let after = times("after", table.after.as_ref())?.unwrap_or(3);
    let recover = times("recover_after", table.recover_after.as_ref())?;
    Ok(Rule {
        remind: remind_of(source, &table)?,
        condition,
        name: table.name.into_inner(),
        series,
        after,
        recover_after: recover.unwrap_or(after),
        notify,
    })
}

/// The time after which somebody is told again.
pub(super) fn remind_of(
    source: &Source<'_>,
    table: &AlertTable,
) -> Result<Option<Duration>> {
    let Some(remind) = &table.remind else { return Ok(None) };
    let time = remind.get_ref().0;
    if time < SHORTEST_REMIND {
        let what = "that is too often: \"1m\" is the least";
        return Err(source.error(remind.span(), "alert.remind", what));
    }
    Ok(Some(time))
}

/// The names of notifiers that there are.
pub(super) fn notifiers_of(
    source: &Source<'_>,
    written: &[Spanned<String>],
    config: &Config,
) -> Result<Vec<String>> {
    for name in written {
        let known =
            config.notifiers.iter().any(|one| one.name == *name.get_ref());
        if !known {
            let what = format!(
                "there is no [[notify]] named `{}`: add it, or correct the \
                 name",
                name.get_ref().escape_debug()
            );
            return Err(source.error(name.span(), "alert.notify", what));
        }
    }
    Ok(written.iter().map(|name| name.get_ref().clone()).collect())
}

/// The names that a rule lists, each with the metric that it watches.
fn series(
    source: &Source<'_>,
    section: &str,
    wanted: &Spanned<OneOrMore<String>>,
    metric: Option<&'static Metric>,
    known: &[(&str, &'static str)],
) -> Result<Vec<(String, &'static str)>> {
    let key = format!("alert.{section}");
    let of = |(name, own): &(&str, &'static str)| {
        ((*name).to_owned(), metric.map_or(*own, |metric| metric.name))
    };
    // A rule on `ping` watches the targets that are pinged, one on `check` the
    // others.
    let fits = |(_, own): &&(&str, &'static str)| match metric {
        Some(metric) if section == "target" => {
            metric.name == *own
                || (metric.name == "loss" && matches!(*own, "ping" | "check"))
                || (metric.name == "certificate" && *own == "check")
        }
        _ => true,
    };
    let mut series = Vec::new();
    for name in &wanted.get_ref().0 {
        if name == ALL {
            series.extend(known.iter().filter(fits).map(of));
            continue;
        }
        let Some(found) = known.iter().find(|(known, _)| known == name) else {
            let what = format!(
                "there is no [[{section}]] named `{}`: add it, or correct \
                 the name",
                name.escape_debug()
            );
            return Err(source.error(wanted.span(), key, what));
        };
        if !fits(&found) {
            let what = format!(
                "`{}` has the metric `{}`: name that one, or none",
                found.0, found.1
            );
            return Err(source.error(wanted.span(), key, what));
        }
        series.push(of(found));
    }
    // `["router", "all"]` names the router twice.
    let mut seen = BTreeSet::new();
    series.retain(|(name, _)| seen.insert(name.clone()));
    if series.is_empty() {
        let what =
            format!("it watches nothing: there is no [[{section}]] that fits");
        return Err(source.error(wanted.span(), key, what));
    }
    Ok(series)
}

fn condition(
    source: &Source<'_>,
    at: Range<usize>,
    table: &AlertTable,
    metric: Option<&'static Metric>,
    series: &[(String, &'static str)],
) -> Result<Condition> {
    let unit = match metric {
        Some(metric) => metric.unit,
        None => Metric::find(series[0].1).map_or("ms", |metric| metric.unit),
    };
    // A speed test has many metrics: a threshold alone does not say of which.
    if metric.is_none()
        && table.speed.is_some()
        && (table.above.is_some() || table.below.is_some())
    {
        return Err(source.error(
            at,
            "alert.metric",
            "it is not said what is above or below: add metric = \
             \"download\" or another one",
        ));
    }
    let learnt = table.learnt.as_ref().filter(|learnt| *learnt.get_ref());
    let value = |key: &str, amount| {
        in_unit(source, &format!("alert.{key}"), amount, unit)
    };
    let above = value("above", table.above.as_ref())?.map(Condition::Above);
    let below = value("below", table.below.as_ref())?.map(Condition::Below);
    let learnt_too = learnt.map(|_| Condition::Learnt);
    let mut conditions = [above, below, learnt_too].into_iter().flatten();
    let first = conditions.next();
    if conditions.next().is_some() {
        return Err(source.error(
            at,
            "alert.above",
            "of `above`, `below` and `learnt` a rule has one: write an \
             [[alert]] for each",
        ));
    }
    Ok(first.unwrap_or(Condition::Fails))
}
