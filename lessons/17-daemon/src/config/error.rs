//! What can be wrong with a configuration.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use thiserror::Error;

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The flags are wrong, or ask for help or the version.
    #[error(transparent)]
    Flags(#[from] clap::Error),
    /// A variable of the environment is wrong.
    #[error("the environment variable {name}: {message}")]
    Environment {
        /// Its name.
        name: String,
        /// What is wrong with it.
        message: String,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file that is read when none is named cannot be read.
    #[error(
        "cannot read the configuration file {}: {source}. It is read because \
         no other is named: name one with --config FILE, which may be empty",
        path.display()
    )]
    Closed {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something in the file is wrong.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

impl ConfigError {
    /// Prints the error, or the help that was asked for, and returns the code
    /// with which the program should end: 0 for help, otherwise 2.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        match self {
            ConfigError::Flags(error) => {
                // If nobody reads it, nothing can be done.
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
            error => {
                eprintln!("{error}");
                ExitCode::from(2)
            }
        }
    }
}

/// One mistake in the configuration file, shown as `FILE:LINE: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, with the key.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mistake { path, line, message } = self;
        write!(f, "{}:{line}: {message}", path.display())
    }
}

impl std::error::Error for Mistake {}
