//! What goes wrong inside a transaction.

use database::Database;

use crate::Error;

/// The result of a step of a transaction.
pub(super) type TxResult<T> = std::result::Result<T, TxError>;

/// What the queue refuses, or what SQLite says.
#[derive(Debug)]
pub(super) enum TxError {
    Queue(Error),
    Sql(rusqlite::Error),
}

impl From<Error> for TxError {
    fn from(error: Error) -> Self {
        Self::Queue(error)
    }
}

impl From<rusqlite::Error> for TxError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl TxError {
    /// In the words of [`Error`].
    pub(super) fn explain(self, file: &Database) -> Error {
        match self {
            Self::Queue(error) => error,
            Self::Sql(error) => file.explain(error).into(),
        }
    }
}
