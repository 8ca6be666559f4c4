//! The keys of a target of kind `push`.

use std::ops::Range;
use std::time::Duration;

use super::secret::SecretText;
use super::target::TargetTable;
use super::{Result, Source};
use crate::Probe;

/// The least characters of a token: nobody guesses so many.
const SHORTEST_TOKEN: usize = 16;
/// The least time between two reports.
const SHORTEST: Duration = Duration::from_secs(1);

/// A job that reports.
pub(super) fn push(
    source: &Source<'_>,
    at: Range<usize>,
    table: &TargetTable,
) -> Result<Probe> {
    let Some(within) = &table.within else {
        let what = "how long may pass between two reports? Add, for a job \
                    of every night, within = \"25h\"";
        return Err(source.error(at, "target.within", what));
    };
    if within.get_ref().0 < SHORTEST {
        let what = "that is too short: \"1s\" is the least";
        return Err(source.error(within.span(), "target.within", what));
    }
    let (at, key, token) = match (&table.token, &table.token_file) {
        (Some(token), None) => {
            let text = SecretText::Here(token.get_ref().clone());
            (token.span(), "target.token", text)
        }
        (None, Some(file)) => {
            let text = SecretText::File { file: file.get_ref().clone() };
            (file.span(), "target.token_file", text)
        }
        (None, None) => {
            let what = "add `token`, at least 16 letters that nobody \
                        guesses, or `token_file`, a file with them";
            return Err(source.error(at, "target.token", what));
        }
        (Some(_), Some(file)) => {
            let what = "keep `token` or `token_file`";
            return Err(source.error(file.span(), "target.token_file", what));
        }
    };
    let token = token.read(source, at.clone(), key)?;
    let plain = |letter: char| {
        letter.is_ascii_alphanumeric() || "-._~".contains(letter)
    };
    if token.reveal().len() < SHORTEST_TOKEN
        || !token.reveal().chars().all(plain)
    {
        // It is a secret, so it is not repeated.
        let what = "a token has at least 16 characters, which are letters, \
                    digits and -._~";
        return Err(source.error(at, key, what));
    }
    Ok(Probe::Push { token, within: within.get_ref().0 })
}
