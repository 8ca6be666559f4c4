//! The print server: the parts of the lessons before it, put together.
//!
//! It composes `relay` (takes uploads in, keeps them in the spool, and prints
//! them with its worker), `previews` (documents that somebody looks at first),
//! `job_queue` (where jobs wait), `driver` (pages to PCL XL), `printer` (port 9100), `virtual_c360` (when no printer is named),
//! `ipp_printer` (for programs that print without a driver), `sign_in` (who may
//! use it), `print_records` (who printed what) and `daemon` (configuration,
//! log, metrics and an orderly end). Its own are only the options, the page,
//! the API, and the client, which is a package of its own.
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
mod attention;
mod events;
mod housekeeping;
mod ipp;
mod machines;
mod metrics;
mod page;
mod previews_api;
mod printers;
mod printers_api;
mod queue;
mod records;
mod records_api;
mod records_command;
mod routes;
mod running;
mod sample;
mod server;
mod set_aside;
mod start_error;
mod view;
mod visitor;
mod watching;
mod workers;

pub use machines::MachineError;
pub use print_options::{
    FolderOptions, MachineOptions, Options, PrinterChoice, PrinterOptions,
    Role, roles,
};
pub use records_command::{RecordsCommand, print_records};
pub use running::Server;
pub use sample::sample;
pub use server::{Running, RunningPrinter, run};
pub use set_aside::set_aside;
pub use start_error::StartError;
