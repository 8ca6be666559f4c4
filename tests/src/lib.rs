//! What the tests share.
//!
//! A suite that needs nothing but Rust uses plain `#[test]` functions. A suite
//! that needs Redis, Ghostscript, poppler, Chromium or mdBook sets
//! `harness = false` in its `[[test]]` and says which test needs what:
//!
//! ```no_run
//! use harness::{Tool, needs, suite, test};
//!
//! fn a_page_is_drawn() {}
//! fn a_job_survives() {}
//!
//! fn main() -> std::process::ExitCode {
//!     suite(vec![
//!         test!(a_page_is_drawn),
//!         needs(Tool::Redis, test!(a_job_survives)),
//!     ])
//! }
//! ```

pub use lesson::{Lesson, packages};
pub use program::program;
pub use root::{root, scratch};
pub use running::Running;
pub use suite::{Test, needs, suite};
pub use tool::Tool;

mod lesson;
mod program;
mod root;
mod running;
mod suite;
mod tool;
