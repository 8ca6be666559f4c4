//! The print server: the parts of the lessons before, put together.
//!
//! An upload comes in by HTTP (the relay's intake), waits safely (the spool
//! and the queue), and is printed by workers (the driver, the printer). What
//! is here is composition: which parts, where, and the pages and replies that
//! people and programs see. What every daemon has (its key, its log, its
//! orderly end) is in the part `daemon`.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = print_server::Options::default();
//! let server = print_server::Server::start(&options)?;
//! println!("open http://{}/", server.address());
//! # Ok(())
//! # }
//! ```

mod api;
pub mod client;
mod events;
mod metrics;
mod options;
mod running;
mod server;
mod view;

pub use options::{Options, PrinterChoice, Role};
pub use running::Server;
pub use server::{Running, StartError, run};
pub use view::JobView;
