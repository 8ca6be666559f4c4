//! Configuration files: one to begin with, and one to read.

use clap::{Args, Command};
use daemon::config;

use crate::Options;

/// A file to begin with: a target, and nobody is told anything.
pub const STARTER: &str = include_str!("../starter.toml");

/// The example of all that the monitor reads besides its options.
const EXAMPLE: &str = include_str!("../example.toml");
/// The first line of the tables in it.
const FIRST_TABLES: &str = "# ------";

/// A configuration file with every option, and an example of every table. All
/// of it is commented out: as it is, it changes nothing.
#[must_use]
pub fn sample() -> String {
    let command = Options::augment_args(Command::new("network-monitor"));
    let tables = EXAMPLE.find(FIRST_TABLES).unwrap_or_default();
    config::sample(&command, &EXAMPLE[tables..])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;
    use monitor_config::SECTIONS;

    #[derive(Parser)]
    struct Defaults {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_sample_holds_the_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("network-monitor.toml");
        let options = |text: &str| {
            fs::write(&file, text).expect("written");
            let words = ["network-monitor".as_ref(), "--config".as_ref()];
            let words = words.into_iter().chain([file.as_os_str()]);
            let loaded =
                config::load_from::<Defaults>(words, |_| None, SECTIONS);
            format!("{:?}", loaded.expect("accepted").arguments.options)
        };
        let defaults = options("");
        assert_eq!(options(&sample()), defaults);
        let with_a_default =
            |line: &&str| line.starts_with('#') && !line.starts_with("# ");
        // The options end where the tables begin.
        let sample = sample();
        let options_in_it = sample.split(FIRST_TABLES).next();
        let uncommented: Vec<&str> = options_in_it
            .unwrap_or_default()
            .lines()
            .filter(with_a_default)
            .filter(|line| !line.contains(" = <"))
            .map(|line| &line[1..])
            .collect();
        assert!(uncommented.contains(&"listen = \"127.0.0.1:8800\""));
        assert_eq!(options(&uncommented.join("\n")), defaults);
    }
}
