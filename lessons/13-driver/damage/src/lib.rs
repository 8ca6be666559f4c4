//! The damage of a page: what cannot be read of its content and its pictures.
//!
//! The renderer takes what it can get and says nothing of the rest.

mod content;
mod picture;
mod stream;

pub use content::read_content;
pub use picture::{UNDECODABLE, picture_damage};
