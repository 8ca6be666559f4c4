//! A network printer, spoken to on TCP port 9100.
//!
//! What is written to the port is printed. Around each job goes a frame of
//! PJL, the printer job language, in which the printer also answers: it is
//! ready, it is jammed, page 3 is out, the job has ended. This part sends the
//! frame and the bytes, listens to the answers, and turns whatever goes wrong
//! into one error a person can act on. It knows nothing of pages or queues.
//!
//! ```no_run
//! use printer::{Deadlines, JobTicket, Language, Printer};
//! use std::io::Write;
//!
//! let printer = Printer::new(
//!     "tcp://192.0.2.36:9100".parse()?,
//!     Deadlines::default(),
//! );
//! println!("{}", printer.status()?);
//!
//! let ticket = JobTicket::new("report.pdf", "venkman", Language::PclXl);
//! let mut session = printer.start(&ticket, |event| println!("{event:?}"))?;
//! session.write_all(&std::fs::read("report.pxl")?)?;
//! println!("{:?} pages", session.finish()?.pages);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | where the printer is | [`Address`] |
//! | what is asked of it | [`JobTicket`], [`Language`], [`Duplex`] |
//! | the conversation | [`Printer`], [`Session`], [`Event`], [`Report`] |
//! | what it says | [`Status`], [`Severity`], [`Reply`], [`Replies`] |
//! | what goes wrong | [`Error`] |
//! | what is not passed on | [`RawScanner`], [`refuse_in_raw`] |
//!
//! The protocol is the *Printer Job Language Technical Reference Manual* (HP,
//! 2003), called "PJL manual" below.

mod address;
mod connection;
mod error;
mod raw;
mod reply;
mod session;
mod status;
mod ticket;

pub use address::{Address, BadAddress};
pub use connection::{Deadlines, Printer};
pub use error::Error;
pub use raw::{RawScanner, Refused, refuse_in_raw};
pub use reply::{Replies, Reply};
pub use session::{Canceller, Event, Report, Session};
pub use status::{Severity, Status};
pub use ticket::{
    Account, BadSecret, Duplex, JobTicket, Language, Secret, SecurePrint,
    SignIn, UEL,
};
