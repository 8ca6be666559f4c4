//! Lesson 17: ping.

fn main() {}
