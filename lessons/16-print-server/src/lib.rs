//! The print server: the parts of the lessons before, put together.
//!
//! An upload comes in by HTTP (the relay's intake), waits safely (the spool
//! and the queue), and is printed by workers (the driver, the printer). What
//! is here is composition: which parts, where, and the pages and replies that
//! people and programs see.
//!
//! ```no_run
//! # fn main() -> Result<(), print_server::StartError> {
//! let options = print_server::Options::default();
//! let server = print_server::Server::start(&options)?;
//! println!("open http://{}/", server.address());
//! # Ok(())
//! # }
//! ```

mod api;
pub mod client;
mod events;
mod guard;
mod http;
mod options;
mod server;
mod view;

pub use options::{Options, PrinterChoice, Role};
pub use server::{Server, StartError};
pub use view::JobView;
