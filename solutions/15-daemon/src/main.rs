//! Exercise 15, done.

fn main() {}
