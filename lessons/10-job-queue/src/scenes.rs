//! The scenes after the first, which is in `main.rs`, what they are
//! played on, and the process that they kill.

pub mod engines;
pub mod kill;
pub mod lanes;
pub mod list;
pub mod rates;
pub mod streams;
pub mod worker;
