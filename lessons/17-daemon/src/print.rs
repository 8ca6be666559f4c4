//! Lines on standard output, for the person who starts the program.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line, and goes on if that fails: perhaps nobody reads it any more,
/// or the disk is full, and neither is a reason to stop a server.
pub fn print_line(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
