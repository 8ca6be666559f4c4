//! A configuration file to begin with.

use clap::{Args, Command};
use daemon::config;

use crate::Options;

/// An example of the tables that the server reads besides its options.
const TABLES: &str = include_str!("../tables.toml");
/// The beginning of their first line.
#[cfg(test)]
const FIRST_TABLES: &str = "# ------";

/// A configuration file with every option, and an example of every table. All
/// of it is commented out: as it is, it changes nothing.
#[must_use]
pub fn sample() -> String {
    let command = Options::augment_args(Command::new("print-server"));
    config::sample(&command, TABLES)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use daemon::config::ConfigFile;

    use super::*;

    #[derive(Parser)]
    struct Defaults {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_sample_holds_the_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("print-server.toml");
        let options = |text: &str| {
            fs::write(&file, text).expect("written");
            let words = ["print-server".as_ref(), "--config".as_ref()];
            let words = words.into_iter().chain([file.as_os_str()]);
            let loaded = config::load_from::<Defaults>(words, |_| None, &[]);
            format!("{:?}", loaded.expect("accepted").arguments.options)
        };
        let defaults = options("");
        let sample = sample();
        assert_eq!(options(&sample), defaults);
        // The options end where the tables begin.
        let sample = sample.split(FIRST_TABLES).next().unwrap_or_default();
        let with_a_default =
            |line: &&str| line.starts_with('#') && !line.starts_with("# ");
        let uncommented: Vec<&str> = sample
            .lines()
            .filter(with_a_default)
            .filter(|line| !line.contains(" = <"))
            .map(|line| &line[1..])
            .collect();
        assert!(uncommented.contains(&"listen = \"127.0.0.1:8631\""));
        assert_eq!(options(&uncommented.join("\n")), defaults);
    }

    #[test]
    fn the_tables_of_the_sample_are_accepted() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), TABLES).expect("written");
        let tables =
            ConfigFile::read(file.path(), &[], &["printers", "folders"]);
        let mut options = Options::default();
        let tables = tables.expect("known tables");
        options.read_printers(&tables).expect("two printers");
        let names = options.printers.iter().map(|it| it.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["office", "cellar"]);
        options.read_folders(&tables).expect("a folder");
        assert_eq!(options.folders[0].name, "invoices");
    }
}
