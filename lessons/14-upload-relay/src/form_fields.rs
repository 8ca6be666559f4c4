//! The fields of the form: how the document is to be printed.

use driver::{Duplex, PageRanges};

use crate::sheet_options::yes_or_no;
use crate::{JobOptions, PinAt, PinHash, Refusal};

/// The longest name of a department, in characters: as long as PJL takes.
const LONGEST_NAME: usize = 80;

/// The longest name of a printer that is shown, in characters.
const LONGEST_PRINTER: usize = 64;

impl JobOptions {
    /// Sets the option that a field of the form names.
    ///
    /// # Errors
    /// [`Refusal::UnknownField`], or [`Refusal::Field`] with the values that
    /// the field can have.
    pub fn set(
        &mut self,
        (name, value): &(String, String),
    ) -> Result<(), Refusal> {
        let wrong = |field, expected: &str| Refusal::Field {
            field,
            value: value.clone(),
            expected: expected.to_owned(),
        };
        let yes_or_no = |field| {
            yes_or_no(value).ok_or_else(|| wrong(field, "say true or false"))
        };
        if self.sheets.set(name, value)? {
            return Ok(());
        }
        match name.as_str() {
            "printer" if value.trim().is_empty() => self.printer = None,
            "printer" => {
                let name = safe_text::plain(value, LONGEST_PRINTER);
                self.printer = Some(name);
            }
            "pages" if value.trim().is_empty() => self.pages = None,
            "pages" => {
                value.parse::<PageRanges>().map_err(|error| {
                    wrong("pages", &format!("{error}; such as 3-7,10"))
                })?;
                self.pages = Some(value.clone());
            }
            "copies" if value.trim().is_empty() => self.copies = 1,
            "copies" => {
                self.copies = match value.parse() {
                    Ok(copies @ 1..=999) => copies,
                    _ => return Err(wrong("copies", "say 1 to 999")),
                }
            }
            "duplex" => {
                self.duplex = match (value.as_str(), yes_or_no("duplex")) {
                    ("long-edge", _) | (_, Ok(true)) => Duplex::LongEdge,
                    ("short-edge", _) => Duplex::ShortEdge,
                    (_, Ok(false)) => Duplex::Off,
                    _ => {
                        return Err(wrong(
                            "duplex",
                            "say true, false, long-edge or short-edge",
                        ));
                    }
                }
            }
            "color" => self.color = yes_or_no("color")?,
            "media" if value.trim().is_empty() => self.media = None,
            "media" => {
                self.media = Some(value.parse().map_err(|_| {
                    wrong(
                        "media",
                        "say A4, Letter, A3 or another paper, a size such as \
                         100x150mm, or nothing",
                    )
                })?);
            }
            "hold" => self.hold = yes_or_no("hold")?,
            "pin" if value.is_empty() => self.pin = None,
            "pin" if PinHash::is_pin(value) => self.pin = Some(value.clone()),
            // What was sent is a secret, and not to be shown.
            "pin" => return Err(Refusal::BadPin),
            "pin-at" => {
                self.pin_at = match value.as_str() {
                    "server" | "" => PinAt::Server,
                    "printer" => PinAt::Printer,
                    _ => return Err(wrong("pin-at", "say server or printer")),
                }
            }
            "department" => {
                let name = safe_text::plain(value.trim(), LONGEST_NAME);
                self.department = Some(name).filter(|name| !name.is_empty());
            }
            "user" if value.chars().any(char::is_control) => {
                return Err(wrong("user", "control characters are no name"));
            }
            "user" => self.user = safe_text::plain(value, usize::MAX),
            "format" => {
                self.raw = match value.as_str() {
                    // What a document is, its bytes say.
                    "auto" | "pdf" | "" => false,
                    "raw" => true,
                    _ => return Err(wrong("format", "say auto or raw")),
                }
            }
            _ => return Err(Refusal::UnknownField(name.clone())),
        }
        Ok(())
    }
}
