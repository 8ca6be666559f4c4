//! A mistake in a configuration, and its place.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// One mistake in a configuration: where it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {key}: {what}", file.display())]
pub struct ConfigError {
    /// The file that was read.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The key with its section, such as `target.every`, or the section.
    pub key: String,
    /// What is wrong, and what to do, in words.
    pub what: String,
}

/// The keys of a target whose values are secrets.
const SECRETS: &[&str] = &[
    "target.basic",
    "target.bearer",
    "target.headers",
    "target.password",
    "target.token",
];

/// The text of a file, to say where in it a mistake is.
pub(super) struct Source<'a> {
    pub file: &'a Path,
    pub text: &'a str,
}

impl Source<'_> {
    /// A mistake at a place in the text.
    pub fn error(
        &self,
        at: Range<usize>,
        key: impl Into<String>,
        what: impl Into<String>,
    ) -> ConfigError {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        ConfigError {
            file: self.file.to_owned(),
            line: 1 + before.matches('\n').count(),
            key: key.into(),
            what: what.into(),
        }
    }

    /// A mistake that the TOML parser found. `section` is "" when it is not
    /// known in which.
    pub fn toml(&self, section: &str, error: &toml::de::Error) -> ConfigError {
        let at = error.span().unwrap_or(0..0);
        let mut key = section.to_owned();
        if let Some(written) = self.key_at(at.start) {
            if !key.is_empty() {
                key.push('.');
            }
            key.push_str(written);
        }
        if key.is_empty() {
            "TOML".clone_into(&mut key);
        }
        let mut what = in_our_words(error.message());
        if section == "notify" || SECRETS.contains(&key.as_str()) {
            what = without_value(&what);
        }
        self.error(at, key, what)
    }

    /// The key of the line at a place: the text before its `=`.
    fn key_at(&self, at: usize) -> Option<&str> {
        let start = self.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].lines().next()?;
        let (key, _) = line.split_once('=')?;
        let key = key.trim();
        let plain =
            |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
        (!key.is_empty() && key.chars().all(plain)).then_some(key)
    }
}

/// Rewrites a message of serde: it speaks of fields, people of keys, and for a
/// typing error it names the key that was meant.
fn in_our_words(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        return unknown(wrong, &known);
    }
    if message.starts_with("missing field") {
        let missing = quoted.next().unwrap_or_default();
        return format!("the key `{missing}` is missing: add it");
    }
    message.trim().to_owned()
}

/// Takes the value out of a message: an `invalid type` repeats what was
/// written, and that may be a secret.
fn without_value(what: &str) -> String {
    match what.rsplit_once(", expected ") {
        Some((found, expected)) if what.starts_with("invalid ") => {
            let kind = found.split(['`', '"']).next().unwrap_or_default();
            format!("{}, expected {expected}", kind.trim_end())
        }
        _ => what.to_owned(),
    }
}

/// Says that a key is not known, and which one was meant.
pub(super) fn unknown(wrong: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let wrong = wrong.escape_debug();
    match near {
        Some((_, near)) => {
            format!("unknown key `{wrong}`, did you mean `{near}`?")
        }
        None => {
            let known = known.join(", ");
            format!("unknown key `{wrong}`; known here: {known}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_a_typing_error_the_key_that_was_meant_is_named() {
        let known = ["host", "name", "timeout"];
        assert!(unknown("hots", &known).ends_with("did you mean `host`?"));
        assert!(unknown("time_out", &known).contains("`timeout`"));
        assert!(unknown("colour", &known).contains("known here: host,"));
    }
}
