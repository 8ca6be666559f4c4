//! The scenes after the first, which is in `main.rs`.

pub mod csv;
pub mod outbox;
pub mod quota;
pub mod sums;
