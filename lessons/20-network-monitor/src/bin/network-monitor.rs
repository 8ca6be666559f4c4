//! The network monitor.

fn main() {}
