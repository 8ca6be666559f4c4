//! The further scenes of the lesson.

pub mod behind;
pub mod flapping;
pub mod learnt;
pub mod telephone;
