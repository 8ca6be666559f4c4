//! The scenes after the first, and what all of them use.

pub mod client;
pub mod halves;
pub mod power_cut;
pub mod serve;
pub mod two_machines;
