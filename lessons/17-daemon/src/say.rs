//! Words for the person who starts the program.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line. Whoever has closed the stream does not want to read it, and
/// what a full disk does not take is lost: the work goes on.
pub fn say(words: impl Display) {
    let _ = writeln!(io::stdout(), "{words}");
}
