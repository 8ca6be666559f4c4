//! The refusal of a request: a status of IPP's, and a sentence.

use thiserror::Error;

use crate::Status;

/// A request that was refused, with the reason for a person.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status of the answer.
    pub status: Status,
    /// What happened, to what, and what to do next (`status-message`).
    pub message: String,
}

impl Refusal {
    /// A refusal with this status and this sentence.
    #[must_use]
    pub fn new(status: Status, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into() }
    }
}
