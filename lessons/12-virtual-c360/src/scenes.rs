//! What the lesson's program has beside its one scene.

pub mod hand_made_page;
pub mod sender;
