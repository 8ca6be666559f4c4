//! A running monitor, as a browser and a terminal show it.

pub mod api;
pub mod page;
pub mod top;
