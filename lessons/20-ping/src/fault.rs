//! What goes wrong.

use std::{error::Error, fmt, io};

use serde::{Deserialize, Serialize};

/// What went wrong, as data. In JSON a word such as `"no_answer"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The request itself makes no sense: a URL without a host, and the like.
    Invalid,
    /// The name has no address, or the resolver did not say in time.
    Unresolved,
    /// Nothing came before the deadline.
    NoAnswer,
    /// Something came, but not all of it before the deadline.
    TooSlow,
    /// The machine answers, and nothing listens on the port.
    Refused,
    /// This machine knows no way there, or somebody on the way said no.
    Unreachable,
    /// The connection ended before the answer was whole.
    ClosedEarly,
    /// What came is not of the protocol.
    Garbage,
    /// The certificate is not valid, or not for this name.
    Certificate,
    /// A page that leads back to itself.
    RedirectLoop,
    /// More redirects than are followed.
    TooManyRedirects,
    /// Another HTTP status than those expected.
    Status,
    /// The word is not in the page.
    Keyword,
    /// The DNS server knows no such name, no such record, or will not say.
    NoRecord,
    /// The expected answer is not among those given.
    WrongAnswer,
    /// This program may not do that on this machine.
    NotPermitted,
    /// This machine's own trouble: too many open files, a full buffer.
    Local,
}

/// What went wrong: data for a program, words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What it was.
    pub fault: Fault,
    /// What happened, to what.
    pub words: String,
}

impl fmt::Display for Fault {
    /// The same word as in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Trouble {
    pub(crate) fn new(fault: Fault, words: impl Into<String>) -> Trouble {
        Trouble { fault, words: words.into() }
    }

    /// An error of the system, while `what` was tried.
    pub(crate) fn of(what: &str, error: &io::Error) -> Trouble {
        use io::ErrorKind::{
            AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused,
            ConnectionReset, HostUnreachable, NetworkDown, NetworkUnreachable,
            PermissionDenied, TimedOut, UnexpectedEof,
        };
        let (fault, words) = match error.kind() {
            ConnectionRefused => (
                Fault::Refused,
                "refused: the machine is there, but nothing listens".to_owned(),
            ),
            ConnectionReset | ConnectionAborted | BrokenPipe
            | UnexpectedEof => (
                Fault::ClosedEarly,
                "the other side broke the connection".to_owned(),
            ),
            HostUnreachable | NetworkUnreachable | NetworkDown
            | AddrNotAvailable => {
                (Fault::Unreachable, format!("no way there ({error})"))
            }
            PermissionDenied => (
                Fault::NotPermitted,
                format!("not permitted on this machine ({error})"),
            ),
            TimedOut => (Fault::NoAnswer, format!("no answer ({error})")),
            _ => (Fault::Local, error.to_string()),
        };
        Trouble { fault, words: format!("{what}: {words}") }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for Trouble {}
