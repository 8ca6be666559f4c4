//! The configuration: what is watched, when, and who is told.
//!
//! The file is TOML. Its tables are ours, its other keys are the program's
//! flags. Every mistake is reported with its file, line and key.
//!
//! ```
//! use monitor_config::Config;
//! use std::path::Path;
//!
//! let config = Config::parse(
//!     r#"
//!     [[target]]
//!     name = "router"
//!     host = "192.0.2.1"
//!     every = "1s"
//!     "#,
//!     Path::new("monitor.toml"),
//! )?;
//! assert_eq!(config.targets[0].name, "router");
//! # Ok::<(), monitor_config::ConfigError>(())
//! ```
//!
//! | section | what it says | type |
//! |---|---|---|
//! | `[[target]]` | a host, a port, a page or a name that must answer | [`Target`] |
//! | `[[group]]` | targets that belong together | [`Group`] |
//! | `[[window]]` | when nobody is told, because of planned work | [`Maintenance`] |
//! | `[[speed]]` | a speed test and when it runs | [`SpeedTest`] |
//! | `[[alert]]` | what counts as trouble, and who hears of it | [`Rule`] |
//! | `[[notify]]` | how somebody is told | [`Notifier`] |
//! | `[status_page]` | what the public sees | [`StatusPage`] |
//! | `[[place]]` | where a probe of this monitor's stands | [`Place`] |
//! | `[retention]` | how long the history is kept | [`Retention`] |

mod difference;
mod error;
mod group;
mod machine;
mod parse;
mod place;
mod speed;
mod status_page;
mod target;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use group::Group;
pub use machine::{gateway, missing_network};
pub use place::Place;
pub use speed::SpeedTest;
pub use status_page::{Shown, StatusPage};
pub use target::{Probe, RecordType, Target, Thresholds};

use alerts::{Dependency, Maintenance, Notifier, Policy, Rule};
use history::Retention;

/// The tables of the configuration file that [`Config::parse`] reads.
pub const SECTIONS: &[&str] = &[
    "target",
    "group",
    "window",
    "speed",
    "alert",
    "notify",
    "status_page",
    "place",
    "retention",
];

/// Everything that a monitor is to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// The targets.
    pub targets: Vec<Target>,
    /// The groups of targets.
    pub groups: Vec<Group>,
    /// Which targets lie behind which.
    pub dependencies: Vec<Dependency>,
    /// The windows for planned work.
    pub windows: Vec<Maintenance>,
    /// The speed tests.
    pub speed: Vec<SpeedTest>,
    /// The rules of what counts as trouble.
    pub alerts: Vec<Rule>,
    /// The ways in which somebody is told.
    pub notifiers: Vec<Notifier>,
    /// What the public sees, if there is a page for it.
    pub status_page: Option<StatusPage>,
    /// The places where probes of this monitor's stand.
    pub places: Vec<Place>,
    /// How long the history is kept.
    pub retention: Retention,
}

impl Config {
    /// The target of a name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The group of a name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// Everything that decides when somebody is told.
    pub fn policy(&self) -> Policy {
        Policy {
            rules: self.alerts.clone(),
            dependencies: self.dependencies.clone(),
            windows: self.windows.clone(),
        }
    }

    /// The place of a name.
    pub fn place(&self, name: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.name == name)
    }

    /// The speed test of a name.
    pub fn speed_test(&self, name: &str) -> Option<&SpeedTest> {
        self.speed.iter().find(|test| test.name == name)
    }
}
