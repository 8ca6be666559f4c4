//! The table `[[window]]`.

use std::ops::Range;

use alerts::Maintenance;
use daemon::units::{Length, OneOrMore};
use schedule::{Cron, Window};
use serde::Deserialize;
use toml::Spanned;

use super::{Named, Result, Source, Table};
use crate::Config;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowTable {
    name: Spanned<String>,
    #[serde(alias = "target")]
    targets: Option<Spanned<OneOrMore<String>>>,
    #[serde(alias = "group")]
    groups: Option<Spanned<OneOrMore<String>>>,
    start: Option<Spanned<String>>,
    end: Option<Spanned<String>>,
    cron: Option<Spanned<String>>,
    lasts: Option<Spanned<Length>>,
    zone: Option<Spanned<String>>,
}

impl Named for WindowTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

pub(super) fn window(
    source: &Source<'_>,
    table: Table<WindowTable>,
    config: &Config,
) -> Result<Maintenance> {
    let Table { at, value: table } = table;
    let window = time(source, at, &table)?;
    let targets = targets(source, &table, config)?;
    let name = table.name.into_inner();
    // The page and the API name a window of the file by its name.
    let id = format!("file:{name}");
    Ok(Maintenance { id, name, targets, window })
}

/// The targets and speed tests that it is for; none: all of them.
fn targets(
    source: &Source<'_>,
    table: &WindowTable,
    config: &Config,
) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    if let Some(written) = &table.targets {
        for name in &written.get_ref().0 {
            let known = config.target(name).is_some()
                || config.speed_test(name).is_some();
            if !known {
                let what = format!(
                    "there is no [[target]] and no [[speed]] named `{}`: add \
                     it, or correct the name",
                    name.escape_debug()
                );
                let at = written.span();
                return Err(source.error(at, "window.targets", what));
            }
            names.push(name.clone());
        }
    }
    if let Some(written) = &table.groups {
        names.extend(members(source, "window.groups", written, config)?);
    }
    let said = table.targets.as_ref().or(table.groups.as_ref());
    if let Some(said) = said
        && names.is_empty()
    {
        let what = "the list is empty: name something, or leave it out for \
                    everything";
        return Err(source.error(said.span(), "window.targets", what));
    }
    Ok(names)
}

/// The targets of these groups.
pub(super) fn members(
    source: &Source<'_>,
    key: &str,
    written: &Spanned<OneOrMore<String>>,
    config: &Config,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for name in &written.get_ref().0 {
        let Some(group) = config.group(name) else {
            let what = format!(
                "there is no group `{}`: write group = \"{0}\" in a \
                 [[target]], or correct the name",
                name.escape_debug()
            );
            return Err(source.error(written.span(), key, what));
        };
        names.extend(group.targets.iter().cloned());
    }
    Ok(names)
}

fn time(
    source: &Source<'_>,
    at: Range<usize>,
    table: &WindowTable,
) -> Result<Window> {
    let zone = table.zone.as_ref().map(|zone| zone.get_ref().as_str());
    let WindowTable { start, end, cron, lasts, .. } = table;
    match (start, end, cron, lasts) {
        (Some(start), Some(end), None, None) => {
            Window::once(start.get_ref(), end.get_ref(), zone).map_err(|bad| {
                source.error(start.span(), "window.start", bad.to_string())
            })
        }
        (None, None, Some(cron), Some(lasts)) => {
            let pattern = Cron::parse(cron.get_ref(), zone).map_err(|bad| {
                source.error(cron.span(), "window.cron", bad.to_string())
            })?;
            Window::repeating(pattern, lasts.get_ref().0).map_err(|bad| {
                source.error(lasts.span(), "window.lasts", bad.to_string())
            })
        }
        _ => Err(source.error(
            at,
            "window.start",
            "a window has `start` and `end`, such as \"2026-12-01 22:00\", or \
             it repeats and has `cron` and `lasts`: write two of them",
        )),
    }
}
