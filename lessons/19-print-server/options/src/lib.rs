//! The options of the print server: flags, what stands in its configuration
//! file, and the tables of its printers and watched folders.

mod folder_options;
mod machine_options;
mod options;
mod printer_options;
pub mod roles;

pub use folder_options::FolderOptions;
pub use machine_options::MachineOptions;
pub use options::{Options, PrinterChoice, Role};
pub use printer_options::{DEFAULT, PrinterOptions};
