//! Exercise 09: an old file is brought forward.

fn main() {}
