//! A printer that nobody has to own.
mod page;
pub mod pcl_xl;
pub use page::{Page, Side};
