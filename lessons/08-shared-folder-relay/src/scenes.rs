//! The scenes after the first, which is in `main.rs`.

pub mod half_written;
pub mod same_name;
pub mod vanished;
