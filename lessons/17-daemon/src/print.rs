//! Lines on standard output, for the person who starts the program.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line, and goes on if that fails: nobody may be reading, or the disk
/// may be full, and a server has better reasons to stop.
pub fn print_line(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
