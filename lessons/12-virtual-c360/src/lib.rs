//! The printer that nobody has to own: a bizhub C360 in software.
//!
//! It listens on a TCP port, speaks PJL, reads PCL XL (and PostScript, when
//! Ghostscript is installed), and puts each page into its tray as a PNG. It
//! jams, runs out of paper and falls silent when it is told to, by
//! [`VirtualC360::set_fault`] or on its front panel, a web page.
//!
//! ```no_run
//! use std::time::Duration;
//! use virtual_c360::{Fault, Settings, VirtualC360};
//!
//! let printer = VirtualC360::start(Settings::new("tray"))?;
//! println!("print to tcp://{}", printer.address());
//! printer.set_fault(Fault::Jam);
//! // … the sender learns of it, somebody opens the side door …
//! printer.set_fault(Fault::None);
//! for page in printer.wait_for_pages(1, Duration::from_secs(10))? {
//!     println!("{}", page.file.display());
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | the machine | [`VirtualC360`], [`Settings`], [`MachineStatus`] |
//! | what goes wrong with it | [`Fault`] |
//! | who may print on it | [`Accounts`], [`SecureJob`] |
//! | what comes out of it | [`TrayPage`], [`Page`], [`Side`], [`SheetRequest`] |
//! | the page language | [`pcl_xl`] |

mod connection;
mod error_page;
mod fault;
mod job;
mod job_input;
mod listener;
mod lpd;
mod machine;
mod page;
mod panel;
mod paper;
pub mod pcl_xl;
mod pjl;
mod postscript;
mod secure_box;
mod settings;
mod status;
mod subscribers;
mod thumbnail;
mod tray;
mod virtual_c360;

pub use ::accounts::Accounts;
pub use fault::Fault;
pub use page::{Page, SheetRequest, Side};
pub use secure_box::SecureJob;
pub use settings::Settings;
pub use status::{MODEL, MachineStatus};
pub use tray::TrayPage;
pub use virtual_c360::VirtualC360;
