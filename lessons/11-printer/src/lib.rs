//! A network printer, spoken to on TCP port 9100, or by LPD.
//!
//! What is written to the port is printed. Around each job goes a frame of
//! PJL, the printer job language, in which the printer also answers: it is
//! ready, it is jammed, page 3 is out, the job has ended. This part sends the
//! frame and the bytes, reads the answers, and turns whatever goes wrong into
//! one error that a person can act on. It knows nothing of pages or queues.
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
//! | what is asked of it | [`JobTicket`], [`Language`], [`Sides`], [`Secret`], [`Staple`], [`Punch`] |
//! | the conversation | [`Printer`], [`Session`], [`Event`], [`Report`] |
//! | what it answers | [`ReplyParser`], [`Reply`], [`Status`], [`Severity`] |
//! | what goes wrong | [`Error`] |
//! | what is not passed on | [`RawScanner`] |
//!
//! The protocol is the *Printer Job Language Technical Reference Manual* (HP,
//! 2003), called "PJL manual" below.

mod address;
mod connection;
mod error;
mod finisher;
mod job_state;
mod lpd;
mod printer;
mod raw_scanner;
mod reply_parser;
mod reply_reader;
mod session;
mod status;
mod ticket;

pub use address::{Address, BadAddress};
pub use connection::Deadlines;
pub use error::Error;
pub use finisher::{Edge, Punch, Staple};
pub use printer::Printer;
pub use raw_scanner::{RawScanner, Refused};
pub use reply_parser::{Reply, ReplyParser};
pub use reply_reader::Event;
pub use session::{Canceller, Report, Session};
pub use status::{Severity, Status};
pub use ticket::{
    AccountTrack, BadSecret, JobTicket, Language, Secret, SecurePrint, Sides,
    UEL, UserAuthentication,
};
