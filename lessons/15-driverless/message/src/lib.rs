//! The messages of IPP: from bytes to attributes, and back.
//!
//! A message comes from a stranger. It is read by functions that have an answer
//! for any bytes, and that need no more memory than what was received.
//!
//! ```
//! use ipp_message::request::Header;
//!
//! // Version 2.0, Get-Printer-Attributes, request 7.
//! let bytes = [2, 0, 0, 0x0b, 0, 0, 0, 7];
//! let header = Header::read(&bytes).expect("it is whole");
//! assert_eq!((header.operation, header.id), (0x000b, 7));
//! ```
//!
//! | what | where |
//! |---|---|
//! | the bytes as they come, and their compression | [`incoming`], [`decompressed`] |
//! | attributes out of bytes | [`attribute_reader`], [`request`], [`requested`] |
//! | attributes into bytes | [`values`], [`answer`] |
//! | what is asked, and how it went | [`Operation`], [`Status`], [`Refusal`] |
//! | a message for people to read | [`list_request`], [`list_answer`] |

pub mod answer;
pub mod attribute_reader;
pub mod decompressed;
pub mod incoming;
mod listing;
mod numbers;
mod operation;
mod refusal;
pub mod request;
pub mod requested;
mod status;
pub mod values;

pub use listing::{list_answer, list_request};
pub use operation::Operation;
pub use refusal::Refusal;
pub use status::Status;
