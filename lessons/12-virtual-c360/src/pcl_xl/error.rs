//! Why a stream is not read to its end.

use std::io;

/// Why reading a stream ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream asks for something that this printer, or any printer,
    /// cannot do.
    #[error(transparent)]
    Xl(#[from] XlError),
    /// The stream broke off, or the page could not be delivered.
    #[error("the stream broke off: {0}")]
    Io(#[from] io::Error),
}

/// An error as the error page names it (PCL XL reference, "Error handling").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "PCL XL error: {error} in {operator}, operator {position} of the stream"
)]
pub struct XlError {
    /// `KERNEL` or `IMAGE`.
    pub subsystem: &'static str,
    /// The error's name in the reference, such as `IllegalOperatorSequence`.
    pub error: &'static str,
    /// The operator's name, or its code.
    pub operator: String,
    /// How many operators had been read, this one included.
    pub position: u64,
}

impl XlError {
    /// The lines of a printer's error page.
    pub fn lines(&self) -> [String; 5] {
        [
            "PCL XL error".into(),
            format!("    Subsystem:  {}", self.subsystem),
            format!("    Error:      {}", self.error),
            format!("    Operator:   {}", self.operator),
            format!("    Position:   {}", self.position),
        ]
    }
}

/// The stream ended in the middle of a session.
pub(super) fn broken_off() -> Error {
    let text = "the stream ends within its session";
    io::Error::new(io::ErrorKind::UnexpectedEof, text).into()
}
