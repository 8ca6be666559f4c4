//! The hand-made page of the lesson's one scene, and the sender that prints.

pub mod hand_made_page;
pub mod sender;
