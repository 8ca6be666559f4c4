//! Lesson 18: speedtest.

fn main() {}
