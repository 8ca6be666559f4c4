//! The configuration file: flags at the top, the program's tables below.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{ConfigError, Mistake};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// A configuration file that was read and whose keys are all known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    path: Option<PathBuf>,
    text: String,
    flags: Vec<String>,
    sections: Vec<String>,
}

impl ConfigFile {
    /// No file, which sets nothing.
    #[must_use]
    pub fn none() -> ConfigFile {
        ConfigFile {
            path: None,
            text: String::new(),
            flags: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// Reads a file whose top may set `flags` (without their dashes) and
    /// whose tables are `sections`.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or has an unknown key.
    pub fn read(
        path: &Path,
        flags: &[String],
        sections: &[&str],
    ) -> Result<ConfigFile, ConfigError> {
        let text = text_of(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let file = ConfigFile {
            path: Some(path.to_owned()),
            text,
            flags: flags.to_vec(),
            sections: sections.iter().map(|&s| s.to_owned()).collect(),
        };
        file.check_keys()?;
        Ok(file)
    }

    /// Reads the same file once more, with the same rules, as after SIGHUP.
    ///
    /// # Errors
    /// As [`ConfigFile::read`]. Keep the old configuration then.
    pub fn again(&self) -> Result<ConfigFile, ConfigError> {
        let Some(path) = &self.path else { return Ok(self.clone()) };
        let sections: Vec<&str> =
            self.sections.iter().map(String::as_str).collect();
        ConfigFile::read(path, &self.flags, &sections)
    }

    /// The flags whose values in `newer` differ from those in this file. A
    /// program reads its flags only once, when it starts.
    #[must_use]
    pub fn changed_flags(&self, newer: &ConfigFile) -> Vec<String> {
        let values = |file: &ConfigFile, flag: &str| file.values(flag, true);
        let changed = |flag: &&String| {
            !matches!((values(self, flag), values(newer, flag)),
                (Ok(old), Ok(new)) if old == new)
        };
        newer.flags.iter().filter(changed).cloned().collect()
    }

    /// Where the file is, if one was named.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The whole text of the file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The table `name`, or the array of tables, if the file has one.
    ///
    /// # Errors
    /// [`Mistake`] with the line and the key where `T` does not fit.
    pub fn section<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, ConfigError> {
        let mut table = self.table()?;
        let value = table.remove(name);
        value.map(|value| self.fit(name, value)).transpose()
    }

    /// The tables below `name`, `[name.one]` and `[name.two]`, each with its
    /// own name, in the order of the file.
    ///
    /// # Errors
    /// As [`section`](Self::section).
    pub fn tables<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Vec<(String, T)>, ConfigError> {
        let mut table = self.table()?;
        let Some(value) = table.remove(name) else { return Ok(Vec::new()) };
        let beginning = value.span().start;
        let DeValue::Table(tables) = value.into_inner() else {
            let message = format!("`{name}` must be tables, as [{name}.NAME]");
            return Err(self.mistake_at(beginning, message).into());
        };
        let mut tables: Vec<_> = tables.into_iter().collect();
        tables.sort_by_key(|(key, _)| key.span().start);
        tables
            .into_iter()
            .map(|(key, value)| {
                let key = key.into_inner().to_string();
                let value = self.fit(&format!("{name}.{key}"), value)?;
                Ok((key, value))
            })
            .collect()
    }

    /// A value of the file as a `T`.
    fn fit<T: DeserializeOwned>(
        &self,
        name: &str,
        value: Spanned<DeValue<'_>>,
    ) -> Result<T, ConfigError> {
        let beginning = value.span().start;
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| {
            let at = error.span().map_or(beginning, |span| span.start);
            // The library's message ends with the key's path, on a line of
            // its own.
            let message = error.to_string().replace('\n', " ");
            let message = format!("[{name}]: {}", message.trim_end());
            self.mistake_at(at, message).into()
        })
    }

    /// The values that the file sets for a flag, as words of a command line.
    pub(super) fn values(
        &self,
        flag: &str,
        list: bool,
    ) -> Result<Option<Vec<String>>, ConfigError> {
        let table = self.table()?;
        let Some(value) = table.get(flag) else { return Ok(None) };
        let wrong = |span: Range<usize>, expected: &str| {
            self.mistake_at(span.start, format!("`{flag}` must be {expected}"))
        };
        let one = |value: &DeValue<'_>| match value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            DeValue::Datetime(time) => Some(time.to_string()),
            DeValue::Array(_) | DeValue::Table(_) => None,
        };
        match value.get_ref() {
            DeValue::Array(values) if list => values
                .iter()
                .map(|value| {
                    one(value.get_ref()).ok_or_else(|| {
                        wrong(value.span(), "a list of plain values").into()
                    })
                })
                .collect::<Result<_, _>>()
                .map(Some),
            single => match one(single) {
                Some(text) => Ok(Some(vec![text])),
                None => Err(wrong(value.span(), "a plain value").into()),
            },
        }
    }

    /// A mistake at the line of a flag's value, or of the value with this
    /// number in its list.
    pub(super) fn mistake(
        &self,
        flag: &str,
        number: usize,
        message: String,
    ) -> Mistake {
        let at = self.table().ok().and_then(|table| {
            let value = table.get(flag)?;
            let one = match value.get_ref() {
                DeValue::Array(values) => values.get(number),
                _ => None,
            };
            Some(one.unwrap_or(value).span().start)
        });
        let message = format!("`{flag}` = {message}");
        self.mistake_at(at.unwrap_or_default(), message)
    }

    fn mistake_at(&self, at: usize, message: String) -> Mistake {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let path = self.path.clone().unwrap_or_default();
        Mistake { path, line, message }
    }

    fn table(&self) -> Result<DeTable<'_>, ConfigError> {
        let parsed = DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = format!("this is not TOML: {}", error.message());
            self.mistake_at(at, message)
        })?;
        Ok(parsed.into_inner())
    }

    /// Finds the first key or table that is not known.
    fn check_keys(&self) -> Result<(), ConfigError> {
        let table = self.table()?;
        // In the order of the lines, not of the alphabet.
        let mut keys: Vec<_> = table.iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            let name = key.get_ref().to_string();
            let tables = holds_tables(value.get_ref());
            let known = if tables { &self.sections } else { &self.flags };
            // An empty list has no tables in it, and may be one of tables.
            let empty = matches!(value.get_ref(),
                DeValue::Array(values) if values.is_empty());
            if known.contains(&name) || empty && self.sections.contains(&name) {
                continue;
            }
            let message = match nearest(&name, known) {
                Some(near) => format!(
                    "unknown {} `{name}`, did you mean `{near}`?",
                    if tables { "table" } else { "key" },
                ),
                None if self.flags.contains(&name) => {
                    format!("`{name}` must be a plain value, not a table")
                }
                None if self.sections.contains(&name) => {
                    format!("`{name}` must be a table, as [{name}]")
                }
                None => format!(
                    "unknown {} `{name}`; there are {}",
                    if tables { "table" } else { "key" },
                    match known.is_empty() {
                        true => "none".to_owned(),
                        false => known.join(", "),
                    },
                ),
            };
            return Err(self.mistake_at(key.span().start, message).into());
        }
        Ok(())
    }
}

/// Whether a value is a table or an array of tables.
fn holds_tables(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(values) => values
            .iter()
            .any(|value| matches!(value.get_ref(), DeValue::Table(_))),
        _ => false,
    }
}

/// The known name that a mistyped one most resembles.
fn nearest<'a>(name: &str, names: &'a [String]) -> Option<&'a str> {
    names
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), known.as_str()))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SIZE {
        let message = "it is larger than 1 MiB: is this the right file?";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    String::from_utf8(bytes).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text")
    })
}
