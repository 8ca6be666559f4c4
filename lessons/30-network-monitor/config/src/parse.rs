//! From TOML to a [`Config`]: each table first by shape, then by sense.

mod group;
mod http;
mod notifier;
mod place;
mod place_rule;
mod push;
mod retention;
mod rule;
mod secret;
mod speed;
mod status_page;
mod target;
mod value;
mod window;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use safe_text::breaks_a_line;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::error::{Source, unknown};
use crate::{Config, ConfigError, SECTIONS};
use group::{Position, dependencies, groups};
use history::Retention;
use notifier::notifier;
use place::place;
use retention::retention_of;
use rule::rule;
use speed::speed_test;
use status_page::status_page;
use target::{one_token_each, target};
use window::window;

type Result<T> = std::result::Result<T, ConfigError>;

/// The word that stands for all targets or all speed tests.
const ALL: &str = "all";

impl Config {
    /// Reads a configuration. `file` is what errors name; a relative
    /// `password_file` is looked for beside it. Keys at the top that are not
    /// tables are the program's flags, which are read elsewhere.
    ///
    /// # Errors
    /// The first mistake, with its file, line and key, and what to do.
    pub fn parse(text: &str, file: &Path) -> Result<Config> {
        let source = Source { file, text };
        let document =
            DeTable::parse(text).map_err(|error| source.toml("", &error))?;
        let (mut targets, mut speed, mut alerts) = (vec![], vec![], vec![]);
        let (mut notifiers, mut group_tables) = (vec![], vec![]);
        let mut windows = vec![];
        let mut places = vec![];
        let mut retention = Retention::default();
        let mut shown = None;
        for (key, value) in document.into_inner() {
            let name = key.get_ref().as_ref();
            match name {
                "target" => targets = tables(&source, name, value)?,
                "speed" => speed = tables(&source, name, value)?,
                "alert" => alerts = tables(&source, name, value)?,
                "notify" => notifiers = tables(&source, name, value)?,
                "group" => group_tables = tables(&source, name, value)?,
                "window" => windows = tables(&source, name, value)?,
                "place" => places = tables(&source, name, value)?,
                "retention" => {
                    let at = value.span();
                    let written = read(&source, name, value)?;
                    retention = retention_of(&source, at, written)?;
                }
                "status_page" => {
                    let at = value.span();
                    shown = Some((at, read(&source, name, value)?));
                }
                _ if is_table(value.get_ref()) => {
                    let what = unknown(name, SECTIONS);
                    return Err(source.error(key.span(), name, what));
                }
                _ => {}
            }
        }
        unique(&source, "target", &targets)?;
        unique(&source, "speed", &speed)?;
        unique(&source, "alert", &alerts)?;
        unique(&source, "notify", &notifiers)?;
        unique(&source, "group", &group_tables)?;
        unique(&source, "window", &windows)?;
        unique(&source, "place", &places)?;

        let positions: Vec<_> = targets.iter().map(Position::of).collect();
        let groups = groups(&source, &group_tables, &positions)?;
        let places = each(places, |table| place(&source, table))?;
        let targets = each(targets, |table| target(&source, table, &places))?;
        one_token_each(&source, &targets)?;
        let speed = each(speed, |table| speed_test(&source, table))?;
        let notifiers = each(notifiers, |table| notifier(&source, table))?;
        let status_page = match shown {
            Some((at, table)) => {
                Some(status_page(&source, at, table, &targets, &groups)?)
            }
            None => None,
        };
        let dependencies =
            dependencies(&source, &group_tables, &positions, &targets)?;
        let mut config = Config {
            targets,
            groups,
            dependencies,
            speed,
            notifiers,
            status_page,
            places,
            retention,
            ..Config::default()
        };
        config.windows =
            each(windows, |table| window(&source, table, &config))?;
        config.alerts = each(alerts, |table| rule(&source, table, &config))?;
        Ok(config)
    }
}

/// A table, and its place in the file.
struct Table<T> {
    at: Range<usize>,
    value: T,
}

/// A table with a name that no other table of its kind may have.
trait Named {
    fn name(&self) -> &Spanned<String>;
}

fn is_table(value: &DeValue<'_>) -> bool {
    value.is_table()
        || value
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one.get_ref().is_table()))
}

/// The tables of a section such as `[[target]]`.
fn tables<T: DeserializeOwned>(
    source: &Source<'_>,
    section: &str,
    value: Spanned<DeValue<'_>>,
) -> Result<Vec<Table<T>>> {
    let at = value.span();
    let DeValue::Array(list) = value.into_inner() else {
        return Err(source.error(
            at,
            section,
            format!("write it as [[{section}]], with two brackets"),
        ));
    };
    list.into_iter()
        .map(|value| {
            let at = value.span();
            Ok(Table { at, value: read(source, section, value)? })
        })
        .collect()
}

fn read<T: DeserializeOwned>(
    source: &Source<'_>,
    section: &str,
    value: Spanned<DeValue<'_>>,
) -> Result<T> {
    T::deserialize(ValueDeserializer::from(value))
        .map_err(|error| source.toml(section, &error))
}

fn each<T, U>(
    list: Vec<T>,
    read: impl FnMut(T) -> Result<U>,
) -> Result<Vec<U>> {
    list.into_iter().map(read).collect()
}

fn unique<T: Named>(
    source: &Source<'_>,
    section: &str,
    tables: &[Table<T>],
) -> Result<()> {
    let mut seen = BTreeMap::new();
    for table in tables {
        let name = table.value.name();
        let key = format!("{section}.name");
        check_name(source, &key, name)?;
        if let Some(first) = seen.insert(name.get_ref(), name) {
            let first = source.error(first.span(), "", "").line;
            let what = format!(
                "`{}` is the name of another one in line {first}: give each \
                 its own",
                name.get_ref()
            );
            return Err(source.error(name.span(), key, what));
        }
    }
    Ok(())
}

fn check_name(
    source: &Source<'_>,
    key: &str,
    name: &Spanned<String>,
) -> Result<()> {
    let text = name.get_ref();
    let what = if text.trim().is_empty() {
        "it is empty: give it a name"
    } else if text == ALL {
        "`all` means every one of them: take another name"
    } else if text.chars().count() > 64 {
        "it is longer than 64 characters: shorten it"
    } else if text.chars().any(breaks_a_line) {
        "it has control characters in it: take them out"
    } else {
        return Ok(());
    };
    Err(source.error(name.span(), key, what))
}
