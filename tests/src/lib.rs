//! The library that the tests share.
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

pub use attack::Attack;
pub use browser::Browser;
pub use difference::difference;
pub use http::{http, http_builder};
pub use lesson::{Lesson, packages};
pub use measured::measured;
pub use network_monitor::NetworkMonitor;
pub use pictures::check_pictures;
pub use print_server::{PrintServer, form, sample, text_of};
pub use program::{cargo, profile, program};
pub use queue_world::QueueWorld;
pub use root::{read, root, scratch, short};
pub use running::Running;
pub use scripted_printer::ScriptedPrinter;
pub use speed_page::SpeedPage;
pub use suite::{
    NotMeasured, Test, everything_is_required, needs, only_where, suite,
};
pub use tls_redis::TlsRedis;
pub use tool::Tool;

mod attack;
mod browser;
mod difference;
mod http;
pub mod ipp;
mod lesson;
mod measured;
mod network_monitor;
pub mod office;
mod pictures;
mod print_server;
mod program;
mod queue_world;
pub mod raster;
mod root;
mod running;
mod scripted_printer;
pub mod similarity;
mod speed_page;
mod suite;
mod tls_redis;
mod tool;
