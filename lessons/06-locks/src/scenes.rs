//! The scenes after the first, one a file.

pub mod atomics;
pub mod condvar;
pub mod contention;
pub mod deadlock;
pub mod rwlock;
mod thing;

/// All scenes, in the order in which they are played.
pub const SCENES: [&str; 6] =
    ["counter", "rwlock", "condvar", "atomics", "deadlock", "contention"];
