//! The further scenes, one a file.

pub mod page;
pub mod terminal;
pub mod top;
