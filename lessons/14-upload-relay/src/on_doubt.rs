//! The policy for a document that cannot be printed whole.

use std::str::FromStr;

/// What becomes of a document of which text, a picture or a page would be
/// missing on paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDoubt {
    /// It is printed, and the job says what is missing.
    Print,
    /// The job waits until a person releases or cancels it.
    #[default]
    Hold,
    /// It is refused.
    Refuse,
}

impl FromStr for OnDoubt {
    type Err = String;

    fn from_str(text: &str) -> Result<OnDoubt, String> {
        match text {
            "print" => Ok(OnDoubt::Print),
            "hold" => Ok(OnDoubt::Hold),
            "refuse" => Ok(OnDoubt::Refuse),
            _ => Err("say print, hold or refuse".to_owned()),
        }
    }
}
