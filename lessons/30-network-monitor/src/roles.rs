//! The roles of the monitor's accounts. No role contains another.

use sign_in::Role;

/// Minds the monitor: starts speed tests, makes accounts.
pub const ADMIN: &str = "admin";
/// Reads what is measured.
pub const READ: &str = "read";
/// Sends what a probe elsewhere has measured.
pub const PROBE: &str = "probe";

// ANCHOR: roles
/// All of them.
pub const ROLES: &[Role] = &[
    Role { name: ADMIN, allows: "starts speed tests, and minds accounts" },
    Role { name: READ, allows: "reads what is measured" },
    Role { name: PROBE, allows: "sends what a probe elsewhere has measured" },
    daemon::metrics::ROLE,
];
// ANCHOR_END: roles
