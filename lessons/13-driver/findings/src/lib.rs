//! What is not on paper as the document says: the findings, and how they are
//! collected while a document is read and drawn.

mod collector;
mod finding;

pub use collector::Collector;
pub use finding::{Finding, Findings};
