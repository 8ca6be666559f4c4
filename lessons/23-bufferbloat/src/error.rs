//! Why there is no result.

use thiserror::Error;

use crate::Phase;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum Error {
    /// The server could not be reached, or broke the connection.
    #[error(transparent)]
    Server(#[from] speedtest::Error),
    /// No round trip came back.
    #[error(
        "no round trip came back while the line was {}: {} carries the load \
         but does not answer", .phase.name(), .server
    )]
    Silent {
        /// The phase without an answer.
        phase: Phase,
        /// The server.
        server: String,
    },
    /// The budget of bytes leaves none for one direction.
    #[error("a budget of {most_bytes} bytes has none for the {}", .phase.name())]
    Budget {
        /// The direction without a byte.
        phase: Phase,
        /// The budget, in bytes.
        most_bytes: u64,
    },
    /// The line was not busy, so it has no latency under load.
    #[error(
        "the {} from {server} moved {bytes} bytes and no more: that is no \
         load", .phase.name()
    )]
    NoLoad {
        /// The direction.
        phase: Phase,
        /// The server.
        server: String,
        /// How many bytes were moved.
        bytes: u64,
    },
    /// [`Settings::stop`](crate::Settings::stop) was set.
    #[error("the measurement was stopped")]
    Stopped,
}

impl Error {
    /// The kind of error, as one word for programs.
    #[must_use]
    pub fn fault(&self) -> &'static str {
        match self {
            Error::Server(error) => error.fault(),
            Error::Silent { .. } => "silent",
            Error::Budget { .. } => "budget",
            Error::NoLoad { .. } => "no-load",
            Error::Stopped => "stopped",
        }
    }
}
