//! Exercise 17, done.

fn main() {}
