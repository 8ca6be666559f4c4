//! A host to be pinged.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A host to be pinged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name, or an IPv4 or IPv6 address. A name is resolved anew after half a
    /// minute.
    pub host: String,
    /// Which of a name's addresses may be used.
    pub family: Family,
    /// The port of TCP probes; `None`: as in the settings.
    pub port: Option<u16>,
    /// How many probes; `None`: as in the settings.
    pub count: Option<u32>,
    /// How long an answer may take; `None`: as in the settings.
    pub timeout: Option<Duration>,
}

/// The versions of the Internet Protocol.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// The address that the system's resolver puts first (RFC 6724).
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl Target {
    /// The host, with everything else as in the settings.
    pub fn new(host: impl Into<String>) -> Target {
        Target {
            host: host.into(),
            family: Family::Any,
            port: None,
            count: None,
            timeout: None,
        }
    }
}

impl<T: Into<String>> From<T> for Target {
    fn from(host: T) -> Target {
        Target::new(host)
    }
}
