//! Lesson 15: daemon.

fn main() {}
