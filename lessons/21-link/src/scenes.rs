//! The further scenes of the lesson.

pub mod loss;
pub mod queue;
