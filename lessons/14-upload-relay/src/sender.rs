//! The sender of a document: whose job it will be, and where it comes from.

use std::net::IpAddr;
use std::sync::Arc;

/// Whoever sends a document, as the program that has let the request in knows
/// it. The intake asks nobody: it finds a `Sender` among the request's
/// extensions, and a request without one comes from nobody by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// The name of the person who has signed in. The job belongs to them.
    pub user: Option<String>,
    /// The address that the request came from.
    pub host: Option<IpAddr>,
    /// The names of the printers that the sender may use; all when absent.
    pub printers: Option<Arc<[String]>>,
}

impl Sender {
    /// Whether the sender may use the printer of this name.
    #[must_use]
    pub fn may_use(&self, printer: &str) -> bool {
        let printers = self.printers.as_ref();
        printers.is_none_or(|printers| printers.iter().any(|it| it == printer))
    }
}
