//! What goes wrong: a kind for programs, a message for people.

use std::{error, fmt, io};

use serde::{Deserialize, Serialize};

/// Why a host or a service did not answer as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of error.
    pub kind: ErrorKind,
    /// What happened, to what, and what to do about it.
    pub message: String,
}

/// The kinds of errors. In JSON they are words such as `"no_answer"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request itself makes no sense: a URL without a host, and the like.
    Invalid,
    /// The name has no address, or the resolver did not answer in time.
    Unresolved,
    /// Nothing came before the deadline.
    NoAnswer,
    /// Something came, but not all of it before the deadline.
    TooSlow,
    /// The machine answers, but nothing listens on the port.
    Refused,
    /// There is no way to the host, or it is not there, as a router says.
    Unreachable,
    /// A filter on the way, or of the host, does not let it through.
    Prohibited,
    /// It went through more routers than it may: perhaps in a circle.
    TimeExceeded,
    /// The connection ended before the answer was whole.
    ClosedEarly,
    /// The answer does not follow the protocol.
    Garbage,
    /// The certificate is not valid, or not for this name.
    Certificate,
    /// A page redirects to itself, perhaps by way of other pages.
    RedirectLoop,
    /// More redirects than are followed.
    TooManyRedirects,
    /// Another HTTP status than those expected.
    Status,
    /// The keyword is not in the page.
    Keyword,
    /// The DNS server knows no such name or no such record, or refuses.
    NoRecord,
    /// The expected answer is not among those given.
    WrongAnswer,
    /// The system does not permit it to this program.
    NotPermitted,
    /// This machine's own failure: too many open files, a full buffer.
    Local,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// An error of the system, met when `what` was tried.
    pub(crate) fn io(what: &str, error: &io::Error) -> Error {
        use io::ErrorKind::{
            AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused,
            ConnectionReset, HostUnreachable, NetworkDown, NetworkUnreachable,
            PermissionDenied, TimedOut, UnexpectedEof,
        };
        let (kind, reason) = match error.kind() {
            ConnectionRefused => (
                ErrorKind::Refused,
                "refused: the machine is there, but nothing listens".to_owned(),
            ),
            ConnectionReset | ConnectionAborted | BrokenPipe
            | UnexpectedEof => (
                ErrorKind::ClosedEarly,
                "the other side broke the connection".to_owned(),
            ),
            HostUnreachable | NetworkUnreachable | NetworkDown
            | AddrNotAvailable => {
                (ErrorKind::Unreachable, format!("no way there ({error})"))
            }
            PermissionDenied => (
                ErrorKind::NotPermitted,
                format!("not permitted on this machine ({error})"),
            ),
            TimedOut => (ErrorKind::NoAnswer, format!("no answer ({error})")),
            _ => (ErrorKind::Local, error.to_string()),
        };
        Error { kind, message: format!("{what}: {reason}") }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {}

impl fmt::Display for ErrorKind {
    /// The same word as in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
