//! The damage of a document: pages that cannot be read, and what cannot be read
//! of a page's content and its pictures.
//!
//! The renderer takes what it can get and says nothing of the rest.

mod content;
mod jpeg;
mod page_tree;
mod picture;
mod stream;

pub use content::read_content;
pub use page_tree::PageTree;
pub use picture::{UNDECODABLE, picture_damage};
