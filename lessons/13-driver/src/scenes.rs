//! The scenes after the first, and what they use.

pub mod band;
pub mod doubt;
pub mod endless;
mod operators;
pub mod page;
pub mod render;
pub mod row;
pub mod sample;
pub mod sheet;
pub mod text;
