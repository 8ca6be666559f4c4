//! Programs of the administrator's own, which a daemon runs when it has news:
//! without a shell, with the news on their standard input, within a time.
//!
//! ```
//! use programs::{Program, try_often};
//! use std::time::Duration;
//!
//! # tokio::runtime::Builder::new_current_thread()
//! #     .enable_all().build().expect("a runtime").block_on(async {
//! let words = ["cat".to_owned(), "/dev/stdin".to_owned()];
//! let program = Program::new(&words, &[], "{}\n");
//! let limit = Duration::from_secs(10);
//! let run = || program.run(limit);
//! let told = try_often(3, run, |why| eprintln!("again: {}", why.words)).await;
//! # assert!(told.is_ok());
//! # });
//! ```

mod failure;
mod process_group;
mod program;

pub use failure::{Failure, one_line, try_often};
pub use program::Program;
