//! To come.

/// To come.
fn main() {}
