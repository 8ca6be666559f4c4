//! What an `[[alert]]` says about places: a probe that is missing, and a target
//! that is down from one place or from all.

use remote_probe::series;
use serde::Deserialize;
use toml::Spanned;

use super::rule::{AlertTable, notifiers_of, remind_of};
use super::{ALL, Result, Source};
use crate::{Config, Place};
use alerts::{Condition, Rule};
use daemon::units::OneOrMore;

/// From how many places a target must be in trouble.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FromPlaces {
    /// From one of them: each is watched by itself.
    Any,
    /// From all of them at once.
    All,
}

/// The rule that a place is missing.
pub(super) fn place_rule(
    source: &Source<'_>,
    table: &AlertTable,
    wanted: &Spanned<OneOrMore<String>>,
    config: &Config,
) -> Result<Rule> {
    if let Some((key, at)) = table.key_of_a_series() {
        let what = "a place is there or it is missing, and the place says \
                    after how long (`away_after`): take this key out";
        return Err(source.error(at, format!("alert.{key}"), what));
    }
    let mut series = Vec::new();
    for name in &wanted.get_ref().0 {
        let fits = |place: &&Place| name == ALL || place.name == *name;
        let found: Vec<&Place> = config.places.iter().filter(fits).collect();
        if found.is_empty() {
            let what = format!(
                "there is no [[place]] named `{}`: add it, or correct the \
                 name",
                name.escape_debug()
            );
            return Err(source.error(wanted.span(), "alert.place", what));
        }
        for place in found {
            let one = (place.name.clone(), "probe");
            if !series.contains(&one) {
                series.push(one);
            }
        }
    }
    Ok(Rule {
        name: table.name.get_ref().clone(),
        series,
        condition: Condition::Fails,
        after: 1,
        recover_after: 1,
        remind: remind_of(source, table)?,
        notify: notifiers_of(source, &table.notify, config)?,
    })
}

/// The series of targets, from each of their places or from all together.
pub(super) fn from_places(
    source: &Source<'_>,
    table: &AlertTable,
    targets: Vec<(String, &'static str)>,
    config: &Config,
) -> Result<Vec<(String, &'static str)>> {
    let from =
        table.from.as_ref().map_or(FromPlaces::Any, |from| *from.get_ref());
    let mut all = Vec::new();
    for (name, metric) in targets {
        let places = match config.target(&name) {
            Some(target) => target.places.as_slice(),
            None => &[],
        };
        if from == FromPlaces::All && places.len() > 1 {
            if let (Some(from), "loss" | "certificate") = (&table.from, metric)
            {
                let what = format!(
                    "`{metric}` is not compared between places: write from = \
                     \"any\", or take it out"
                );
                return Err(source.error(from.span(), "alert.from", what));
            }
            all.push((series(&name, ALL), metric));
            continue;
        }
        for place in places {
            let name = match place == Place::HERE {
                true => name.clone(),
                false => series(&name, place),
            };
            all.push((name, metric));
        }
    }
    Ok(all)
}
