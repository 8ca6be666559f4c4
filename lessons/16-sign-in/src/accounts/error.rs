//! Why an account cannot be made, changed or looked up.

use std::io;

use axum::http::StatusCode;
use thiserror::Error;

use super::NAME_LENGTH;
use crate::User;

/// Why an account cannot be made, changed or looked up, and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountError {
    /// It is no name.
    #[error(
        "a name has 1 to {NAME_LENGTH} of a-z, 0-9 and . _ - @, and begins \
         with a letter or a digit"
    )]
    Name,
    /// The name is that of the server's own key.
    #[error(
        "{} is whoever has the key in the server's data folder: say another \
         name",
        User::ADMINISTRATOR
    )]
    Administrator,
    /// The name is taken.
    #[error("there is an account {0} already: change it, or say another name")]
    Exists(String),
    /// The name was taken once.
    #[error(
        "the account {0} was revoked, and what is on record under this name \
         stays theirs: give it a new key if it is the same person, or say \
         another name"
    )]
    Revoked(String),
    /// There is no such account.
    #[error("there is no account {0}")]
    Missing(String),
    /// The program has no such role.
    #[error("{said}: say one or more of {known}")]
    Role {
        /// What was said, in words.
        said: String,
        /// What there is.
        known: String,
    },
    /// The file cannot be used.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The system has no random numbers, or no threads.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl AccountError {
    /// The status of an answer with this error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            AccountError::Name | AccountError::Role { .. } => {
                StatusCode::BAD_REQUEST
            }
            AccountError::Missing(_) => StatusCode::NOT_FOUND,
            AccountError::Administrator
            | AccountError::Exists(_)
            | AccountError::Revoked(_) => StatusCode::CONFLICT,
            AccountError::Database(database::Error::Full { .. }) => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            AccountError::Database(_) | AccountError::System(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}
