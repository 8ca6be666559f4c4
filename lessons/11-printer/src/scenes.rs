//! The scenes beside the first one, and the printer that they talk to.

pub mod codes;
pub mod jam;
pub mod name;
pub mod pass_on;
pub mod scripted_printer;
