//! Lesson 20: network-monitor.

fn main() {}
