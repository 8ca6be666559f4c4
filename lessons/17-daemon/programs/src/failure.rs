//! The failure of one attempt to tell somebody something, and further ones.

use std::time::Duration;

use safe_text::breaks_a_line;
use tokio::time::sleep;

/// The pause before the second attempt; each later one is four times as long.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest foreign text that goes into a message, in characters.
const LONGEST: usize = 300;

/// The failure of one attempt.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub words: String,
    /// Whether another attempt may succeed.
    pub retry: bool,
}

impl Failure {
    /// One after which another attempt may succeed.
    pub fn temporary(words: impl Into<String>) -> Failure {
        Failure { words: words.into(), retry: true }
    }

    /// One that the next attempt would repeat.
    pub fn permanent(words: impl Into<String>) -> Failure {
        Failure { words: words.into(), retry: false }
    }
}

/// Makes an attempt, at most `attempts` times, with growing pauses. `again` is
/// called with each failure that another attempt follows.
///
/// # Errors
/// The last failure.
pub async fn try_often<F>(
    attempts: u32,
    attempt: impl Fn() -> F,
    again: impl Fn(&Failure),
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut pause = PAUSE;
    let mut tried = 0;
    loop {
        tried += 1;
        let Err(failure) = attempt().await else { return Ok(()) };
        if !failure.retry || tried >= attempts {
            return Err(failure);
        }
        again(&failure);
        sleep(pause).await;
        pause *= 4;
    }
}

/// A text that others wrote, on one line and of bounded length: a name or an
/// error with a line break in it must not add headers to a message.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars()
        .take(LONGEST)
        .map(|letter| if breaks_a_line(letter) { ' ' } else { letter })
        .collect()
}
