//! The table `[[group]]`, and what the targets say of groups and of what they
//! lie behind.

use std::collections::BTreeMap;
use std::ops::Range;

use alerts::Dependency;
use serde::Deserialize;
use toml::Spanned;

use super::target::TargetTable;
use super::{Named, Result, Source, Table, check_name};
use crate::{Group, Target};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupTable {
    name: Spanned<String>,
    behind: Option<Spanned<String>>,
}

impl Named for GroupTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

/// The place of one target among the others.
pub(super) struct Position {
    target: String,
    group: Option<Spanned<String>>,
    behind: Option<Spanned<String>>,
}

impl Position {
    pub fn of(table: &Table<TargetTable>) -> Position {
        let table = &table.value;
        Position {
            target: table.name().get_ref().clone(),
            group: table.group.clone(),
            behind: table.behind.clone(),
        }
    }
}

/// The groups: those that have a table, then the others, in the order in which
/// targets name them.
pub(super) fn groups(
    source: &Source<'_>,
    tables: &[Table<GroupTable>],
    positions: &[Position],
) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for table in tables {
        let name = table.value.name.get_ref().clone();
        groups.push(Group { name, targets: Vec::new() });
    }
    for Position { target, group, .. } in positions {
        let Some(name) = group else { continue };
        check_name(source, "target.group", name)?;
        let known = groups.iter_mut().find(|it| it.name == *name.get_ref());
        match known {
            Some(group) => group.targets.push(target.clone()),
            None => groups.push(Group {
                name: name.get_ref().clone(),
                targets: vec![target.clone()],
            }),
        }
    }
    for (table, group) in tables.iter().zip(&groups) {
        if group.targets.is_empty() {
            let what = format!(
                "no target is in it: write group = \"{}\" in a [[target]]",
                group.name.escape_debug()
            );
            let at = table.value.name.span();
            return Err(source.error(at, "group.name", what));
        }
    }
    Ok(groups)
}

/// A target's name, and where in the file and under which key that is said.
struct Upstream<'a> {
    name: &'a String,
    at: Range<usize>,
    key: &'static str,
}

/// Which target lies behind which. A target's own word counts more than its
/// group's.
pub(super) fn dependencies(
    source: &Source<'_>,
    tables: &[Table<GroupTable>],
    positions: &[Position],
    targets: &[Target],
) -> Result<Vec<Dependency>> {
    let mut upstreams = BTreeMap::new();
    for Position { target, group, behind } in positions {
        let of_group = || {
            let group = group.as_ref()?.get_ref();
            let mut tables = tables.iter().map(|table| &table.value);
            let table = tables.find(|table| table.name.get_ref() == group)?;
            table.behind.as_ref()
        };
        let (written, key) = match behind {
            Some(own) => (Some(own), "target.behind"),
            None => (of_group(), "group.behind"),
        };
        if let Some(written) = written {
            let (name, at) = (written.get_ref(), written.span());
            upstreams.insert(target.clone(), Upstream { name, at, key });
        }
    }
    let mut dependencies = Vec::new();
    for Position { target, .. } in positions {
        let Some(upstream) = upstreams.get(target) else { continue };
        let error =
            |what| source.error(upstream.at.clone(), upstream.key, what);
        let found = targets.iter().find(|one| one.name == *upstream.name);
        let Some(found) = found else {
            return Err(error(format!(
                "there is no [[target]] named `{}`: add it, or correct the \
                 name",
                upstream.name.escape_debug()
            )));
        };
        if let Some(circle) = circle(target, &upstreams) {
            return Err(error(format!(
                "`{}` would lie behind itself: {circle}; take one of them out",
                target.escape_debug()
            )));
        }
        dependencies.push(Dependency {
            target: target.clone(),
            upstream: found.name.clone(),
            metric: found.metric(),
            down_after: found.thresholds.down_after,
        });
    }
    Ok(dependencies)
}

/// The way from a target back to itself, in words, if there is one.
fn circle(
    target: &String,
    upstreams: &BTreeMap<String, Upstream<'_>>,
) -> Option<String> {
    let mut way = vec![target];
    while let Some(upstream) = upstreams.get(way[way.len() - 1]) {
        way.push(upstream.name);
        if upstream.name == target {
            let names: Vec<String> = way
                .iter()
                .map(|name| name.escape_debug().to_string())
                .collect();
            return Some(names.join(" behind "));
        }
        // A circle that the target is not in: another one will report it.
        if way.len() > upstreams.len() {
            return None;
        }
    }
    None
}
