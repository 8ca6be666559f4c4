//! Exercise 20, done.

fn main() {}
