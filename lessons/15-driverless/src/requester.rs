//! The requester: who asks, as the program has found out.

use std::net::IpAddr;

/// The sender of a request. The program in front of the printer finds that out and
/// puts it in the HTTP request's extensions; the printer is told, and does not
/// check it.
///
/// Without it, nobody has let the request in: only Get-Printer-Attributes is
/// answered, and everything else with HTTP's 401, so that the client asks for a
/// name and a key (RFC 7617). Whoever is let in without a key has no name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    /// The name under which somebody signed in.
    pub name: Option<String>,
    /// Whether they may do what operators do: pause the printer, and change
    /// the jobs of others.
    pub operator: bool,
    /// The address that the request came from.
    pub host: Option<IpAddr>,
}
