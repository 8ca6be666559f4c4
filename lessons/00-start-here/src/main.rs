//! Lesson 00, start-here: what your machine has, and where you are.
fn main() {}
