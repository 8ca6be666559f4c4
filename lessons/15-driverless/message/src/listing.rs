//! The listing of a message: its bytes, and beside them what they mean.

use ipp::model::{DelimiterTag, ValueTag};
use ipp::prelude::*;

use axum::body::Bytes;

use crate::attribute_reader::{LAST_DELIMITER, length_at, single_value};
use crate::request::Header;
use crate::{Operation, Status};

/// How many bytes are shown at the beginning of each line.
const BYTES_SHOWN: usize = 8;
/// The longest meaning, in characters.
const LONGEST_MEANING: usize = 50;

/// Lists a request: a line for each of its fields, with the bytes and what they
/// mean. Whatever the bytes are, nothing panics: where they stop making sense,
/// the listing stops, too.
#[must_use]
pub fn list_request(message: &[u8]) -> String {
    list(message, |number| match Operation::from_number(number.into()) {
        Some(operation) => format!("{operation:?}"),
        None => format!("operation {number:#06x}"),
    })
}

/// Lists an answer in the same way.
#[must_use]
pub fn list_answer(message: &[u8]) -> String {
    list(message, |number| match Status::from_number(number.into()) {
        Some(status) => format!("{status:?}"),
        None => format!("status {number:#06x}"),
    })
}

fn list(message: &[u8], name: impl Fn(i16) -> String) -> String {
    let mut listing = String::new();
    let Some(header) = Header::read(message) else {
        add(&mut listing, message, "no message of IPP");
        return listing;
    };
    let [major, minor] = header.version;
    let what = name(header.operation);
    let version = format!("IPP {major}.{minor}");
    add(&mut listing, &message[..2], &version);
    add(&mut listing, &message[2..4], &what);
    let number = format!("number {}", header.id);
    add(&mut listing, &message[4..8], &number);
    let mut rest = &message[8..];
    let mut depth: usize = 0;
    while let Some((field, meaning)) = next(rest, &mut depth) {
        add(&mut listing, &rest[..field], &meaning);
        rest = &rest[field..];
    }
    if !rest.is_empty() {
        add(&mut listing, rest, "(bytes that are no attribute)");
    }
    listing
}

/// The length of the first field, and its meaning.
fn next(bytes: &[u8], depth: &mut usize) -> Option<(usize, String)> {
    let tag = *bytes.first()?;
    if tag <= LAST_DELIMITER {
        let group = DelimiterTag::from_u8(tag);
        let meaning = match group {
            Some(group) => format!("-- {group:?}"),
            None => "-- a group of no known kind".to_owned(),
        };
        return Some((1, meaning));
    }
    let name_length = length_at(bytes, 1).ok()??;
    let name = bytes.get(3..3 + name_length)?;
    let at = 3 + name_length;
    let value_length = length_at(bytes, at).ok()??;
    let value = bytes.get(at + 2..at + 2 + value_length)?;
    let value = Bytes::copy_from_slice(value);
    let end = at + 2 + value_length;
    let kind = ValueTag::from_u8(tag);
    if matches!(kind, Some(ValueTag::EndCollection)) {
        *depth = depth.saturating_sub(1);
    }
    let indent = "  ".repeat((*depth).min(4));
    let meaning = match kind {
        Some(ValueTag::BegCollection) => {
            *depth += 1;
            "{".to_owned()
        }
        Some(ValueTag::EndCollection) => "}".to_owned(),
        Some(ValueTag::MemberAttrName) => {
            format!("{}:", String::from_utf8_lossy(&value))
        }
        _ => match single_value(tag, value) {
            Ok(IppValue::Other { tag, .. }) => out_of_band(tag).to_owned(),
            Ok(IppValue::NoValue) => "(no value)".to_owned(),
            Ok(value) => value.to_string(),
            Err(why) => format!("({why})"),
        },
    };
    let name = String::from_utf8_lossy(name);
    let equals = if name.is_empty() { "" } else { " = " };
    Some((end, format!("{indent}{name}{equals}{meaning}")))
}

/// The reason why there is no value (RFC 8010, section 3.5.2).
fn out_of_band(tag: u8) -> &'static str {
    match tag {
        0x10 => "(unsupported)",
        0x12 => "(unknown)",
        _ => "(a value of another type)",
    }
}

fn add(listing: &mut String, bytes: &[u8], meaning: &str) {
    let shown = bytes.iter().take(BYTES_SHOWN);
    let mut hex: String = shown.map(|byte| format!("{byte:02x} ")).collect();
    hex.push(if bytes.len() > BYTES_SHOWN { '…' } else { ' ' });
    let meaning = safe_text::plain(meaning, LONGEST_MEANING);
    let width = 3 * BYTES_SHOWN + 1;
    let line = format!("{hex:width$} {meaning}");
    listing.push_str(line.trim_end());
    listing.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_listed_field_by_field() {
        let message = b"\x01\x01\x00\x0b\x00\x00\x00\x01\x01\
            \x47\x00\x12attributes-charset\x00\x05utf-8\
            \x34\x00\x01c\x00\x00\x4a\x00\x00\x00\x01m\
            \x21\x00\x00\x00\x04\x00\x00\x00\x07\x37\x00\x00\x00\x00\x03";
        assert_eq!(
            list_request(message),
            "01 01                     IPP 1.1\n\
             00 0b                     GetPrinterAttributes\n\
             00 00 00 01               number 1\n\
             01                        -- OperationAttributes\n\
             47 00 12 61 74 74 72 69 … attributes-charset = utf-8\n\
             34 00 01 63 00 00         c = {\n\
             4a 00 00 00 01 6d           m:\n\
             21 00 00 00 04 00 00 00 …   7\n\
             37 00 00 00 00            }\n\
             03                        -- EndOfAttributes\n"
        );
    }

    #[test]
    fn whatever_the_bytes_are_the_listing_comes_to_its_end() {
        let whole = b"\x01\x01\x00\x0b\x00\x00\x00\x01\x01\
            \x36\x00\x01n\x00\x08\x00\x02en\x00\x02hi\x03";
        for end in 0..whole.len() {
            assert!(!list_answer(&whole[..end]).is_empty());
        }
        for place in 0..whole.len() {
            for byte in [0, 1, 0x34, 0x37, 0x7f, 0x80, 0xff] {
                let mut changed = whole.to_vec();
                changed[place] = byte;
                assert!(!list_request(&changed).is_empty());
            }
        }
    }
}
