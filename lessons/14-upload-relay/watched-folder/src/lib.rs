//! A watched folder: what is put into it is printed.
//!
//! A scanner, a program or a person puts a file there. When it is complete, the
//! [`Intake`](relay::Intake) takes it in, as if it had been uploaded, and the
//! file disappears. What the intake refuses goes into the folder `refused`, with
//! the reason beside it.
//!
//! ```no_run
//! # async fn watch(intake: relay::Intake) {
//! use relay::{JobOptions, Sender};
//! use watched_folder::WatchedFolder;
//!
//! let folder = WatchedFolder {
//!     folder: "/srv/print".into(),
//!     intake,
//!     options: JobOptions { copies: 2, ..JobOptions::default() },
//!     sender: Sender::default(),
//! };
//! folder.keep_watching(|state| println!("{state:?}")).await;
//! # }
//! ```

mod error;
mod news;
mod places;
mod settling;
mod watched_folder;

pub use error::WatchError;
pub use watched_folder::WatchedFolder;
