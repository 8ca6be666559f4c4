//! Printing with CUPS, the printing system of Linux and macOS: a queue without
//! a driver (`lpadmin -m everywhere`), documents by `lp`, and the pages that
//! come out at the other end.

#[cfg(unix)]
#[path = "cups/prints.rs"]
mod prints;
#[cfg(unix)]
#[path = "cups/scheduler.rs"]
mod scheduler;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    return harness::suite(prints::tests());
    #[cfg(not(unix))]
    harness::suite(Vec::new())
}
