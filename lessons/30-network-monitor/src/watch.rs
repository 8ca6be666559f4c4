//! What is watched, when, and who is told: the configuration.
//!
//! The file is TOML. Its tables are ours, its other keys are the program's
//! flags. Every mistake is reported with its file, line and key.
//!
//! ```
//! use network_monitor::watch::Watch;
//! use std::path::Path;
//!
//! let watch = Watch::parse(
//!     r#"
//!     [[target]]
//!     name = "router"
//!     host = "192.0.2.1"
//!     every = "1s"
//!     "#,
//!     Path::new("monitor.toml"),
//! )?;
//! assert_eq!(watch.targets[0].name, "router");
//! # Ok::<(), network_monitor::watch::ConfigError>(())
//! ```
//!
//! | section | what it says | type |
//! |---|---|---|
//! | `[[target]]` | a host, a port, a page or a name that must answer | [`Target`] |
//! | `[[speed]]` | a speed test and when it runs | [`SpeedTest`] |
//! | `[[alert]]` | what counts as trouble, and who hears of it | [`Rule`] |
//! | `[[notify]]` | how somebody is told | [`Notifier`] |
//! | `[retention]` | how long the history is kept | [`Retention`] |

mod difference;
mod error;
mod machine;
mod metric;
mod notifier;
mod parse;
mod rule;
mod secret;
mod speed;
mod standing;
mod target;
#[cfg(test)]
mod tests;
mod units;

pub use error::ConfigError;
pub use machine::gateway;
pub use metric::{METRICS, Metric, Origin};
pub use notifier::{Channel, Email, Notifier, Tls};
pub use rule::{Condition, Rule};
pub use secret::Secret;
pub use speed::SpeedTest;
pub use standing::{Standing, State};
pub use target::{Probe, RecordType, Target, Thresholds};
pub use units::{duration, in_words};

use std::time::Duration;

/// The tables of the configuration file that [`Watch::parse`] reads.
pub const SECTIONS: &[&str] =
    &["target", "speed", "alert", "notify", "retention"];

/// Everything that a monitor does, as its configuration says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watch {
    /// What is asked again and again whether it answers.
    pub targets: Vec<Target>,
    /// The speed tests.
    pub speed: Vec<SpeedTest>,
    /// What counts as trouble.
    pub alerts: Vec<Rule>,
    /// How somebody is told.
    pub notifiers: Vec<Notifier>,
    /// How long the history is kept.
    pub retention: Retention,
}

/// How long the history is kept: every sample, then a summary of each
/// minute, then one of each hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How long every sample is kept. Seven days unless the file says more.
    pub raw: Duration,
    /// How long the minutes are kept. 90 days.
    pub minute: Duration,
    /// How long the hours are kept. Five years.
    pub hour: Duration,
}

impl Default for Retention {
    fn default() -> Retention {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Retention { raw: days(7), minute: days(90), hour: days(5 * 365) }
    }
}

impl Watch {
    /// The target of a name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The speed test of a name.
    pub fn speed_test(&self, name: &str) -> Option<&SpeedTest> {
        self.speed.iter().find(|test| test.name == name)
    }
}
