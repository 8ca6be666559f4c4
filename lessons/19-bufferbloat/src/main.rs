//! Lesson 19: bufferbloat.

fn main() {}
