//! The table `[status_page]`.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Result, Source, check_name};
use crate::Target;
use crate::status_page::{Shown, StatusPage};

/// The title of a page that has none of its own.
const TITLE: &str = "Status";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusPageTable {
    title: Option<Spanned<String>>,
    targets: Vec<Spanned<ShownTable>>,
}

/// A target alone, under its own name, or with another one.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "write a name, or { target = \"…\", name = \"…\" }"
)]
enum ShownTable {
    AsItIs(String),
    Named { target: String, name: String },
}

pub(super) fn status_page(
    source: &Source<'_>,
    at: Range<usize>,
    table: StatusPageTable,
    targets: &[Target],
) -> Result<StatusPage> {
    if let Some(title) = &table.title {
        check_name(source, "status_page.title", title)?;
    }
    let mut page = StatusPage {
        title: table.title.map_or(TITLE.to_owned(), Spanned::into_inner),
        targets: Vec::new(),
    };
    let mut names = BTreeSet::new();
    for entry in table.targets {
        let at = entry.span();
        let (of, name) = match entry.into_inner() {
            ShownTable::AsItIs(target) => (target.clone(), target),
            ShownTable::Named { target, name } => (target, name),
        };
        let wrong =
            |what: &str| source.error(at.clone(), "status_page.targets", what);
        if targets.iter().all(|target| target.name != of) {
            return Err(wrong(&format!(
                "there is no [[target]] named `{}`: add it, or correct the \
                 name",
                of.escape_debug()
            )));
        }
        let name = Spanned::new(at.clone(), name);
        check_name(source, "status_page.targets", &name)?;
        let name = name.into_inner();
        if !names.insert(name.clone()) {
            return Err(wrong(&format!(
                "`{name}` is on the page twice: give each its own name"
            )));
        }
        page.targets.push(Shown { of, name });
    }
    if page.targets.is_empty() {
        let what = "it shows nothing: name a target in `targets`";
        return Err(source.error(at, "status_page.targets", what));
    }
    Ok(page)
}
