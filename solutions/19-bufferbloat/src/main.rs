//! Exercise 19, done.

fn main() {}
