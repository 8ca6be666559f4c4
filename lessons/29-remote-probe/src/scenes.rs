//! The lesson's scenes, and the two programs that act in the first of them.

pub mod clock;
pub mod monitor;
pub mod probe;
