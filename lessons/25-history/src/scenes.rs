//! The further scenes of the lesson, one a file.

pub mod block;
pub mod percentile;
pub mod size;
