//! The scenes, and what they share.

pub mod client;
pub mod hostile;
pub mod lesson_printer;
pub mod message;
pub mod print;
pub mod serve;
pub mod wish;
