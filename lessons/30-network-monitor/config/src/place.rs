//! A place: where a probe of this monitor's stands, elsewhere.

use std::time::Duration;

/// A place, whose probe measures some of the targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name, and that of the account with its key. Unique.
    pub name: String,
    /// How long nothing may be heard of it before it counts as away.
    pub away_after: Duration,
}

impl Place {
    /// The name of the place where the monitor itself is.
    pub const HERE: &'static str = "here";

    /// How long a place may be silent unless the file says otherwise.
    pub const AWAY_AFTER: Duration = Duration::from_secs(45);

    /// How often its probe is to ask for its orders: so often that an answer
    /// or two may get lost.
    pub fn ask_again(&self) -> Duration {
        self.away_after / 4
    }
}
