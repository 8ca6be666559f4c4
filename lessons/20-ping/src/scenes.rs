//! The scenes after the first one, and the hosts that three of them ask.

pub mod checks;
mod five_hosts;
pub mod one_by_one;
pub mod tasks;
pub mod threads;
