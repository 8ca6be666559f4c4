//! Exercise 18, done.

fn main() {}
