//! Why a speed test has no result.

use std::io;
use std::time::Duration;

/// A failed test is an error, and never a speed of 0.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Not the address of a server.
    #[error(
        "{text:?} is no server's address: {why}. Say http://HOST:PORT or \
         https://HOST"
    )]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The name has no address, or nobody could be asked for it.
    #[error(
        "the name {host} does not resolve ({reason}). Is it spelt right, and \
         is this machine on a network?"
    )]
    Name {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// The host is there and says that nothing listens.
    #[error(
        "nothing listens at {server}. Is the server started, and is the port \
         right?"
    )]
    Refused {
        /// Host and port.
        server: String,
    },
    /// No connection, for another reason: no network, no way there.
    #[error(
        "cannot reach {server}: {reason}. Look at this machine's own network \
         first: its cable or Wi-Fi, its address, its router"
    )]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the operating system said.
        reason: String,
    },
    /// No connection in time, or no byte of an answer.
    #[error(
        "{server} has not {what} within {:.1} s. Is it overloaded, or does \
         something on the way drop what is sent?", waited.as_secs_f64()
    )]
    Silent {
        /// Host and port.
        server: String,
        /// What was waited for, as "answered".
        what: &'static str,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The connection was closed or broken in the middle.
    #[error(
        "{server} closed the connection {when}. Try again; if it does it \
         again, test against another server"
    )]
    Closed {
        /// Host and port.
        server: String,
        /// In the middle of what, as "after 5 of 10 bytes".
        when: String,
    },
    /// What came back is no HTTP, or no HTTP that makes sense.
    #[error(
        "{server} does not answer as a web server would: {what}. Is this the \
         port of a speed-test server?"
    )]
    Garbage {
        /// Host and port.
        server: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An HTTP answer other than success.
    #[error("{server} answers {status} to {request}.{}", advice(*status))]
    Status {
        /// Host and port.
        server: String,
        /// HTTP's number (RFC 9110, section 15).
        status: u16,
        /// Method and path.
        request: String,
    },
    /// Sent elsewhere too many times.
    #[error(
        "{server} sends us on and on, at last to {location}. Give the address \
         where it ends"
    )]
    Redirects {
        /// Host and port that was asked first.
        server: String,
        /// Where the last answer sent us.
        location: String,
    },
    /// No secure connection: the certificate, or the protocol.
    #[error(
        "no secure connection to {server}: {reason}. Is the name right, and \
         does this machine trust the server's certificate? A server without \
         TLS is http://"
    )]
    Tls {
        /// Host and port.
        server: String,
        /// What TLS says.
        reason: String,
    },
    /// A web server that none of the known clients could test against.
    #[error(
        "{server} is a web server, but no speed test that we know answers \
         there ({tried}). Give its whole address, or start one of ours: \
         lesson22 serve"
    )]
    Unknown {
        /// Host and port.
        server: String,
        /// The families that were tried.
        tried: String,
    },
    /// Data stopped moving, or never began to.
    #[error(
        "the {phase} from {server} stands still: {bytes} bytes, and then \
         nothing for {:.1} s", waited.as_secs_f64()
    )]
    Stalled {
        /// Host and port.
        server: String,
        /// "download" or "upload".
        phase: &'static str,
        /// Bytes that moved before.
        bytes: u64,
        /// How long nothing has moved.
        waited: Duration,
    },
    /// The byte or time budget does not suffice for a figure.
    #[error("the {phase} had no time for a figure: {why}")]
    Budget {
        /// "download" or "upload".
        phase: &'static str,
        /// What was used up.
        why: String,
    },
    /// This machine refused, for instance another thread.
    #[error("this machine does not let us measure: {reason}")]
    Machine {
        /// What the operating system said.
        reason: String,
    },
    /// Somebody set the stop flag.
    #[error("the test was stopped")]
    Stopped,
}

fn advice(status: u16) -> &'static str {
    match status {
        401 | 403 => " It does not let us in: test against another server",
        404 | 405 => " Is this the address of a speed-test server?",
        413 => " It takes no bodies of this size",
        429 => " It was asked too often: wait a while",
        500.. => " Something is wrong over there: tell its owner",
        _ => "",
    }
}

impl Error {
    /// What kind of trouble it is, as one word for programs, which must not
    /// have to guess from a sentence.
    #[must_use]
    pub fn fault(&self) -> &'static str {
        match self {
            Error::Address { .. } => "address",
            Error::Name { .. } => "name",
            Error::Refused { .. } => "refused",
            Error::Unreachable { .. } => "unreachable",
            Error::Silent { .. } => "silent",
            Error::Closed { .. } => "closed",
            Error::Garbage { .. } => "garbage",
            Error::Status { .. } => "status",
            Error::Redirects { .. } => "redirects",
            Error::Tls { .. } => "tls",
            Error::Unknown { .. } => "unknown",
            Error::Stalled { .. } => "stalled",
            Error::Budget { .. } => "budget",
            Error::Machine { .. } => "machine",
            Error::Stopped => "stopped",
        }
    }

    /// The error for a failed attempt to connect.
    pub(crate) fn connecting(
        server: String,
        error: &io::Error,
        waited: Duration,
    ) -> Error {
        use io::ErrorKind::{ConnectionRefused, TimedOut, WouldBlock};
        match error.kind() {
            ConnectionRefused => Error::Refused { server },
            TimedOut | WouldBlock => {
                Error::Silent { server, what: "taken a connection", waited }
            }
            _ => Error::Unreachable { server, reason: error.to_string() },
        }
    }
}
