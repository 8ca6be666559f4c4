//! The sender of a document: whose job it will be, and where it comes from.

use std::net::IpAddr;

/// Whoever sends a document, as the program that has let the request in knows
/// it. The intake asks nobody: it finds a `Sender` among the request's
/// extensions, and a request without one comes from nobody by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// The name of the person who has signed in. The job belongs to them.
    pub user: Option<String>,
    /// The address that the request came from.
    pub host: Option<IpAddr>,
}
