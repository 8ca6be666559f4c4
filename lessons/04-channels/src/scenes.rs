//! The scenes after the first, one a file.

mod afternoon;
pub mod bounded;
pub mod closing;
pub mod fifo;
pub mod lifo;
pub mod priority;
mod python;
pub mod rates;
pub mod timeout;

/// All scenes, in the order in which they are played.
pub const SCENES: [&str; 8] = [
    "pool", "bounded", "fifo", "lifo", "priority", "timeout", "closing",
    "rates",
];
