//! Lesson 18 leaves the part `speedtest`.

pub mod link;
pub mod serve;
