//! The PIN of a job that its owner types at the printer's own panel.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PinHash;

/// A PIN that the printer is told, and nobody else. It has to be kept in clear
/// until then, in the queue: whoever can read that could read the document, too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterPin(String);

impl PrinterPin {
    /// Takes 4 to 16 digits.
    #[must_use]
    pub fn new(pin: &str) -> Option<PrinterPin> {
        PinHash::is_pin(pin).then(|| PrinterPin(pin.to_owned()))
    }

    /// The digits, for the printer.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Shows nothing of it.
impl fmt::Debug for PrinterPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrinterPin(…)")
    }
}
