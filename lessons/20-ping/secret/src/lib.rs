//! A password or a token, which no log and no error shows.
//!
//! ```
//! let token = secret::Secret::new("0123456789abcdef");
//! assert_eq!(format!("{token:?}"), "…");
//! assert_eq!(token.reveal(), "0123456789abcdef");
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password or a token: no log and no error shows it. Serialized it is
/// written as it is, for the machine that is to use it: mind where to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, to send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
