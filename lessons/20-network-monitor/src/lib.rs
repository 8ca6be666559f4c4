//! Lesson 20 leaves the part `network_monitor`.

pub mod alert;
pub mod schedule;
pub mod watch;
