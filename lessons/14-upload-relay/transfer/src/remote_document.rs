//! A document in the spool of another machine.

/// A document, and the intake that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteDocument {
    /// The address of the intake, as [`IntakeAddress`](crate::IntakeAddress)
    /// writes it.
    pub intake: String,
    /// SHA-256 of the document, in hexadecimal: its name.
    pub hash: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Whether the text can be the name of a document: a SHA-256 in hexadecimal,
/// with small letters.
#[must_use]
pub fn is_document_name(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 64 && text.bytes().all(is_digit)
}
