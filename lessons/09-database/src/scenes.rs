//! The scenes after the first, which is in `main.rs`.

pub mod backup;
pub mod damaged;
pub mod full;
pub mod killed;
pub mod versions;
