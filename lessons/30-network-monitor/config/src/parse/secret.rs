//! A secret as it is written: itself, or where it stands.

use std::ops::Range;
use std::path::PathBuf;

use ping::check::Secret;
use serde::Deserialize;

use super::value::beside;
use super::{Result, Source};

/// The most bytes of a secret.
const LONGEST: u64 = 64 * 1024;

/// A secret as it is written.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "write a text, { file = \"…\" } or { env = \"…\" }"
)]
pub(super) enum SecretText {
    /// The secret itself.
    Here(String),
    /// The file that it stands in, alone; beside the configuration file.
    File {
        /// The file.
        file: PathBuf,
    },
    /// The variable of the environment that it stands in.
    Environment {
        /// The variable.
        env: String,
    },
}

impl SecretText {
    /// The secret itself. No error repeats it.
    pub fn read(
        &self,
        source: &Source<'_>,
        at: Range<usize>,
        key: &str,
    ) -> Result<Secret> {
        let found = match self {
            SecretText::Here(text) => Ok(text.clone()),
            SecretText::File { file } => {
                let path = beside(source.file, file);
                read_short(&path).map_err(|error| {
                    format!(
                        "cannot read {}: {error}: write the secret into it, \
                         in one line, readable by the monitor only",
                        path.display()
                    )
                })
            }
            SecretText::Environment { env } => {
                std::env::var(env).map_err(|error| {
                    let env = env.escape_debug();
                    format!("`{env}` in the environment: {error}: set it")
                })
            }
        };
        let found = found.and_then(|text| {
            let text = text.trim_end_matches(['\r', '\n']);
            match text.is_empty() || text.contains(char::is_control) {
                true => Err("it is empty, or has several lines or control \
                             characters: write one line"
                    .to_owned()),
                false => Ok(Secret::new(text)),
            }
        });
        found.map_err(|what| source.error(at, key, what))
    }
}

fn read_short(path: &std::path::Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}
