//! The failure of one attempt to send a notice.

/// The failure of one attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub words: String,
    /// Whether another attempt may succeed.
    pub retry: bool,
}

impl Failure {
    pub fn temporary(words: impl Into<String>) -> Failure {
        Failure { words: words.into(), retry: true }
    }

    pub fn permanent(words: impl Into<String>) -> Failure {
        Failure { words: words.into(), retry: false }
    }
}
