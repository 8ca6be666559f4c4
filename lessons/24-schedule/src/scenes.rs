//! The further scenes of the lesson, one a file.

pub mod drift;
pub mod gate;
pub mod jitter;
pub mod summer_time;
pub mod windows;
