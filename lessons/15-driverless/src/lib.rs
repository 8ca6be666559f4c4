//! A printer that needs no driver: it speaks IPP, the internet printing
//! protocol, as every operating system of today does.
//!
//! [`IppPrinter`] understands the protocol. Behind it stands a program that
//! prints, a [`Spooler`]; [`RelaySpooler`] is the one of the relay.
//!
//! ```no_run
//! use axum::extract::Extension;
//! use ipp_printer::{Description, IppPrinter, RelaySpooler, Requester};
//! use relay::{Intake, Limits, PrinterState, Spool};
//!
//! let spool = Spool::open("spool".as_ref())?;
//! let queue = job_queue::open("sqlite:queue.db", "print")?;
//! let limits = Limits::default();
//! let c360 = Description::c360("C360", [7; 16], &limits);
//! let intake = Intake::new(spool, queue, limits);
//! let spooler = RelaySpooler::new(intake, PrinterState::default());
//! let printer = IppPrinter::new("/ipp/print", c360, spooler);
//! // Whoever has found out who asks says so; here it is nobody by name.
//! let router = printer.router().layer(Extension(Requester::default()));
//! # drop(router); // for axum::serve
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | what the printer is and can do | [`Description`], [`Paper`], [`Access`] |
//! | the printer | [`IppPrinter`] |
//! | the program behind it | [`Spooler`], [`Document`], [`RelaySpooler`] |
//! | how it is at this moment | [`Condition`], [`Ready`], [`Supply`], [`printer_condition`] |
//! | what is to be printed | [`Ticket`], [`MediaChoice`] |
//! | what became of it | [`Job`], [`JobState`] |
//! | who asks | [`Requester`] |
//! | how the network finds it | [`DnsSd`] |
//! | what goes over the wire | [`list_request`], [`list_answer`] |
//! | what goes wrong | [`Refusal`], [`Status`] |

mod condition;
mod created_jobs;
mod description;
mod dns_sd;
mod icon;
mod job;
mod job_attributes;
mod media;
mod operations;
mod paper;
mod printer;
mod printer_attributes;
mod relay_spooler;
mod requester;
mod spooler;
mod ticket;
mod ticket_reader;
mod urf;
mod urls;

pub use condition::{Activity, Condition, Ready, Supply};
pub use description::{Access, Authentication, Description};
pub use dns_sd::{DnsSd, DnsSdError};
pub use ipp_message::{Operation, Refusal, Status, list_answer, list_request};
pub use job::{Job, JobState};
pub use paper::Paper;
pub use printer::{Answered, IppPrinter};
pub use relay_spooler::{RelaySpooler, printer_condition};
pub use requester::Requester;
pub use spooler::{Document, Spooler};
pub use ticket::{
    ColorMode, Finishing, MediaChoice, Orientation, Pin, Quality, Scaling,
    Sides, Ticket,
};
