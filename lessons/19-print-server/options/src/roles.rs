//! The roles of the print server's accounts. No role contains another.

use sign_in::{Role, User};

/// Prints.
pub const PRINT: &str = "print";
/// Minds all jobs and the printers.
pub const OPERATE: &str = "operate";
/// Minds the accounts and the records.
pub const ADMIN: &str = "admin";
/// Fetches documents to print them elsewhere.
pub const WORKER: &str = "worker";

// ANCHOR: roles
/// All of them.
pub const ROLES: &[Role] = &[
    Role { name: PRINT, allows: "prints, and sees and cancels its own jobs" },
    Role { name: OPERATE, allows: "minds the jobs of all, and the printers" },
    Role { name: ADMIN, allows: "minds accounts and records" },
    Role { name: WORKER, allows: "fetches documents to print them elsewhere" },
    daemon::metrics::ROLE,
];
// ANCHOR_END: roles

// ANCHOR: minds_all
/// Whether the user minds the jobs of all.
#[must_use]
pub fn minds_all(user: &User) -> bool {
    user.has(OPERATE) || user.has(ADMIN)
}
// ANCHOR_END: minds_all
