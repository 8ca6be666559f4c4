//! The table `[status_page]`.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Result, Source, check_name};
use crate::status_page::{Shown, StatusPage};
use crate::{Group, Target};

/// The title of a page that has none of its own.
const TITLE: &str = "Status";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusPageTable {
    title: Option<Spanned<String>>,
    #[serde(default)]
    targets: Vec<Spanned<ShownTable>>,
    #[serde(default)]
    groups: Vec<Spanned<ShownTable>>,
}

/// A target or a group under its own name, or with another one.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "write a name, or { target = \"…\", name = \"…\" }"
)]
enum ShownTable {
    AsItIs(String),
    Named {
        #[serde(alias = "group")]
        target: String,
        name: String,
    },
}

pub(super) fn status_page(
    source: &Source<'_>,
    at: Range<usize>,
    table: StatusPageTable,
    targets: &[Target],
    groups: &[Group],
) -> Result<StatusPage> {
    if let Some(title) = &table.title {
        check_name(source, "status_page.title", title)?;
    }
    let title = table.title.map_or(TITLE.to_owned(), Spanned::into_inner);
    let mut page = StatusPage { title, shown: Vec::new() };
    let of_target = |of: &str| {
        let found = targets.iter().find(|target| target.name == of)?;
        Some(vec![found.name.clone()])
    };
    let of_group = |of: &str| {
        let found = groups.iter().find(|group| group.name == of)?;
        Some(found.targets.clone())
    };
    for entry in table.targets {
        show(source, &mut page, "target", entry, of_target)?;
    }
    for entry in table.groups {
        show(source, &mut page, "group", entry, of_group)?;
    }
    if page.shown.is_empty() {
        let what = "it shows nothing: name a target in `targets`, or a group \
                    in `groups`";
        return Err(source.error(at, "status_page.targets", what));
    }
    Ok(page)
}

/// Adds what an entry names, if there is such a target or group. `members`
/// finds its targets.
fn show(
    source: &Source<'_>,
    page: &mut StatusPage,
    section: &str,
    entry: Spanned<ShownTable>,
    members: impl Fn(&str) -> Option<Vec<String>>,
) -> Result<()> {
    let key = format!("status_page.{section}s");
    let at = entry.span();
    let (of, name) = match entry.into_inner() {
        ShownTable::AsItIs(name) => (name.clone(), name),
        ShownTable::Named { target, name } => (target, name),
    };
    let Some(targets) = members(&of) else {
        let what = format!(
            "there is no {section} named `{}`: add it, or correct the name",
            of.escape_debug()
        );
        return Err(source.error(at, key, what));
    };
    let name = Spanned::new(at.clone(), name);
    check_name(source, &key, &name)?;
    let name = name.into_inner();
    if page.shown.iter().any(|shown| shown.name == name) {
        let what =
            format!("`{name}` is on the page twice: give each its own name");
        return Err(source.error(at, key, what));
    }
    page.shown.push(Shown { targets, name });
    Ok(())
}
