//! The reader of attributes: bytes from anybody, taken apart.
//!
//! The library's own parser is not made for bytes from strangers: it panics
//! over a text whose inner length is too long, goes as deep into collections
//! as they are nested, and loses all but the first value of a member. So this
//! part reads the structure itself (RFC 8010, section 3), checks each length
//! before it believes it, and leaves only single values to the library.

use ipp::attribute::{IppAttribute, IppAttributeGroup};
use ipp::model::{DelimiterTag, ValueTag};
use ipp::prelude::*;
use ipp::value::IppName;
use thiserror::Error;

use axum::body::Bytes;

/// The deepest nesting of collections; the standards' own go four deep.
const DEEPEST: usize = 8;
/// Version, operation and request number.
const HEADER_BYTES: usize = 8;
/// Ends the attributes.
const END_OF_ATTRIBUTES: u8 = 0x03;
/// Tags up to this one begin a group, those above it a value.
pub const LAST_DELIMITER: u8 = 0x0f;

/// Why bytes are no IPP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// The bytes end in the middle of an attribute.
    #[error("the attributes end in the middle of one")]
    CutOff,
    /// A length is negative.
    #[error("a length is negative")]
    NegativeLength,
    /// A value stands before the first group.
    #[error("there is a value before the first group")]
    NoGroup,
    /// A group begins with this tag, which is none of a group.
    #[error("{0:#04x} is the tag of no group")]
    UnknownGroup(u8),
    /// The first value of a group has no name.
    #[error("a value has no attribute that it belongs to")]
    NoName,
    /// A name is not text, or too long.
    #[error("the name of an attribute is not text, or too long")]
    BadName,
    /// A value of the type with this tag cannot have its bytes.
    #[error("a value of the type {0:#04x} cannot have these bytes")]
    BadValue(u8),
    /// A value is longer than its type allows.
    #[error("a value is longer than its type allows")]
    TooLong,
    /// Collections are nested too deep.
    #[error("collections are nested more than {DEEPEST} deep")]
    TooDeep,
    /// A collection is not put together as one.
    #[error("a collection is not put together as one")]
    BadCollection,
}

impl Malformed {
    /// Whether a value is longer than its type allows.
    pub fn is_too_long(self) -> bool {
        self == Malformed::TooLong
    }
}

// ANCHOR: find-end
/// Finds the end of the attributes in bytes that are still coming.
///
/// Each field says how long it is, so the finder jumps from one to the next and
/// never looks at a byte twice.
#[derive(Debug)]
pub struct EndFinder {
    /// Where the next tag is, or will be.
    at: usize,
}

impl Default for EndFinder {
    fn default() -> EndFinder {
        EndFinder::new()
    }
}

impl EndFinder {
    /// A search that begins behind the header.
    pub fn new() -> EndFinder {
        EndFinder { at: HEADER_BYTES }
    }

    /// The number of bytes up to the end of the attributes, and with it; `None`
    /// while it has not come.
    pub fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        loop {
            let Some(&tag) = bytes.get(self.at) else { return Ok(None) };
            if tag == END_OF_ATTRIBUTES {
                return Ok(Some(self.at + 1));
            }
            let mut next = self.at + 1;
            if tag > LAST_DELIMITER {
                // The name, and the value.
                for _ in 0..2 {
                    let Some(length) = length_at(bytes, next)? else {
                        return Ok(None);
                    };
                    next += 2 + length;
                }
            }
            self.at = next;
        }
    }
}

/// The length that stands here, if it has come.
pub fn length_at(bytes: &[u8], at: usize) -> Result<Option<usize>, Malformed> {
    let Some(field) = bytes.get(at..at + 2) else { return Ok(None) };
    // RFC 8010 counts lengths as signed numbers of two bytes.
    let length = i16::from_be_bytes([field[0], field[1]]);
    let length = usize::try_from(length);
    length.map(Some).map_err(|_| Malformed::NegativeLength)
}
// ANCHOR_END: find-end

/// Takes the groups of attributes apart. `bytes` begins after the header.
pub fn read_groups(bytes: Bytes) -> Result<Vec<IppAttributeGroup>, Malformed> {
    let mut reader = AttributeReader { bytes };
    let mut groups: Vec<IppAttributeGroup> = Vec::new();
    // ANCHOR: groups
    loop {
        let tag = reader.tag()?;
        if tag == END_OF_ATTRIBUTES {
            return Ok(groups);
        }
        if tag <= LAST_DELIMITER {
            let delimiter = DelimiterTag::from_u8(tag);
            let delimiter = delimiter.ok_or(Malformed::UnknownGroup(tag))?;
            groups.push(IppAttributeGroup::new(delimiter));
            continue;
        }
        let group = groups.last_mut().ok_or(Malformed::NoGroup)?;
        let name = reader.field()?;
        let value = reader.value(tag, 0)?;
        let attributes = group.attributes_mut();
        if name.is_empty() {
            // One more value of the attribute before.
            let last = attributes.pop().ok_or(Malformed::NoName)?;
            attributes.push(with_one_more(last, value));
        } else {
            let name = IppName::from_bytes(&name).ok_or(Malformed::BadName)?;
            attributes.push(IppAttribute::new(name, value));
        }
    }
    // ANCHOR_END: groups
}

fn with_one_more(attribute: IppAttribute, value: IppValue) -> IppAttribute {
    let name = attribute.name().clone();
    IppAttribute::new(name, and_one_more(attribute.into_value(), value))
}

fn and_one_more(values: IppValue, value: IppValue) -> IppValue {
    match values {
        IppValue::Array(mut values) => {
            values.push(value);
            IppValue::Array(values)
        }
        one => IppValue::Array(vec![one, value]),
    }
}

/// What is left of the bytes.
struct AttributeReader {
    bytes: Bytes,
}

impl AttributeReader {
    fn tag(&mut self) -> Result<u8, Malformed> {
        let tag = *self.bytes.first().ok_or(Malformed::CutOff)?;
        drop(self.bytes.split_to(1));
        Ok(tag)
    }

    /// A length, and that number of bytes.
    fn field(&mut self) -> Result<Bytes, Malformed> {
        let length = length_at(&self.bytes, 0)?.ok_or(Malformed::CutOff)?;
        if self.bytes.len() < 2 + length {
            return Err(Malformed::CutOff);
        }
        drop(self.bytes.split_to(2));
        Ok(self.bytes.split_to(length))
    }

    /// The value of a type, `depth` collections deep.
    fn value(&mut self, tag: u8, depth: usize) -> Result<IppValue, Malformed> {
        let bytes = self.field()?;
        match ValueTag::from_u8(tag) {
            Some(ValueTag::BegCollection) if !bytes.is_empty() => {
                Err(Malformed::BadCollection)
            }
            Some(ValueTag::BegCollection) => self.collection(depth + 1),
            Some(ValueTag::EndCollection | ValueTag::MemberAttrName) => {
                Err(Malformed::BadCollection)
            }
            _ => single_value(tag, bytes),
        }
    }

    /// The members of a collection, after its beginning.
    fn collection(&mut self, depth: usize) -> Result<IppValue, Malformed> {
        if depth > DEEPEST {
            return Err(Malformed::TooDeep);
        }
        let mut members = std::collections::BTreeMap::new();
        let mut member: Option<(IppName, Option<IppValue>)> = None;
        loop {
            let tag = self.tag()?;
            // Inside of a collection no group begins, and no value has a name
            // of its own.
            if tag <= LAST_DELIMITER || !self.field()?.is_empty() {
                return Err(Malformed::BadCollection);
            }
            let is_end = tag == ValueTag::EndCollection as u8;
            if is_end || tag == ValueTag::MemberAttrName as u8 {
                let bytes = self.field()?;
                if let Some((name, value)) = member.take() {
                    let value = value.ok_or(Malformed::BadCollection)?;
                    members.insert(name, value);
                }
                if is_end {
                    return Ok(IppValue::Collection(members));
                }
                let name =
                    IppName::from_bytes(&bytes).ok_or(Malformed::BadName)?;
                member = Some((name, None));
                continue;
            }
            let value = self.value(tag, depth)?;
            let (name, before) = member.ok_or(Malformed::BadCollection)?;
            let value = match before {
                Some(before) => and_one_more(before, value),
                None => value,
            };
            member = Some((name, Some(value)));
        }
    }
}

/// A value that is no collection. The lengths that RFC 8010, section 3.9, sets
/// are checked here, those of texts by the library.
pub fn single_value(tag: u8, bytes: Bytes) -> Result<IppValue, Malformed> {
    let wanted = match ValueTag::from_u8(tag) {
        Some(ValueTag::Integer | ValueTag::Enum) => Some(4),
        Some(ValueTag::Boolean) => Some(1),
        Some(ValueTag::DateTime) => Some(11),
        Some(ValueTag::Resolution) => Some(9),
        Some(ValueTag::RangeOfInteger) => Some(8),
        Some(ValueTag::TextWithLanguage | ValueTag::NameWithLanguage) => {
            // A language and a text, each with a length of its own.
            let mut parts = AttributeReader { bytes: bytes.clone() };
            let _language = parts.field()?;
            let _text = parts.field()?;
            Some(bytes.len() - parts.bytes.len())
        }
        _ => None,
    };
    if wanted.is_some_and(|wanted| wanted != bytes.len()) {
        return Err(Malformed::BadValue(tag));
    }
    match IppValue::parse(tag, bytes) {
        Ok(IppValue::NonUtf8 { .. }) => Err(Malformed::BadValue(tag)),
        Ok(value) => Ok(value),
        Err(ipp::parser::IppParseError::InvalidStringLength { .. }) => {
            Err(Malformed::TooLong)
        }
        Err(_) => Err(Malformed::BadValue(tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        for field in [name.as_bytes(), value] {
            let length = u16::try_from(field.len()).expect("a short field");
            bytes.extend(length.to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }

    fn read(fields: &[Vec<u8>]) -> Result<Vec<IppAttributeGroup>, Malformed> {
        let mut bytes = vec![0x01];
        bytes.extend(fields.concat());
        bytes.push(END_OF_ATTRIBUTES);
        let message = [&[0; HEADER_BYTES], bytes.as_slice()].concat();
        let end = EndFinder::new().find(&message);
        assert_eq!(end, Ok(Some(message.len())));
        read_groups(bytes.into())
    }

    #[test]
    fn an_attribute_has_one_value_or_several() {
        let groups = read(&[
            field(0x21, "one", &[0, 0, 0, 7]),
            field(0x44, "several", b"a"),
            field(0x44, "", b"b"),
        ]);
        let groups = groups.expect("well-formed");
        let text = |name| groups[0].get(name).expect("there").value();
        assert_eq!(text("one"), &IppValue::Integer(7));
        let words = ["a", "b"].map(|word| {
            IppValue::Keyword(word.try_into().expect("a short word"))
        });
        assert_eq!(text("several"), &IppValue::Array(words.to_vec()));
    }

    #[test]
    fn a_member_of_a_collection_has_one_value_or_several() {
        let groups = read(&[
            field(0x34, "col", b""),
            field(0x4a, "", b"inner"),
            field(0x34, "", b""),
            field(0x4a, "", b"x"),
            field(0x21, "", &[0, 0, 0, 1]),
            field(0x21, "", &[0, 0, 0, 2]),
            field(0x37, "", b""),
            field(0x4a, "", b"flag"),
            field(0x22, "", &[1]),
            field(0x37, "", b""),
            field(0x21, "after", &[0, 0, 0, 3]),
        ]);
        let groups = groups.expect("well-formed");
        let value = groups[0].get("col").expect("there").value();
        assert_eq!(value.to_string(), "<flag=true, inner=<x=[1, 2]>>");
        assert!(groups[0].get("after").is_some());
    }

    #[test]
    fn nothing_that_is_wrong_panics_or_is_taken() {
        let deep = |levels: usize| {
            let mut fields = vec![field(0x34, "col", b"")];
            for _ in 1..levels {
                fields.push(field(0x4a, "", b"m"));
                fields.push(field(0x34, "", b""));
            }
            let ends = (0..levels).map(|_| field(0x37, "", b""));
            fields.extend(ends);
            fields
        };
        assert!(read(&deep(DEEPEST)).is_ok());
        for (fields, why) in [
            (deep(DEEPEST + 1), Malformed::TooDeep),
            (deep(1_000), Malformed::TooDeep),
            (vec![field(0x21, "a", &[0])], Malformed::BadValue(0x21)),
            (vec![field(0x22, "a", b"")], Malformed::BadValue(0x22)),
            (vec![field(0x33, "a", &[0; 4])], Malformed::BadValue(0x33)),
            (vec![field(0x42, "a", b"\xff")], Malformed::BadValue(0x42)),
            (vec![field(0x44, "a", &[b'a'; 256])], Malformed::TooLong),
            (vec![field(0x35, "a", b"\0\x02en")], Malformed::CutOff),
            (vec![field(0x36, "a", b"\x7f\xff\0\0")], Malformed::CutOff),
            (
                vec![field(0x36, "a", b"\xff\xff\0\0")],
                Malformed::NegativeLength,
            ),
            (vec![field(0x21, "", &[0; 4])], Malformed::NoName),
            (vec![field(0x37, "a", b"")], Malformed::BadCollection),
            (vec![field(0x4a, "a", b"b")], Malformed::BadCollection),
            (
                vec![field(0x34, "a", b""), field(0x21, "", &[0; 4])],
                Malformed::BadCollection,
            ),
            (
                vec![
                    field(0x34, "a", b""),
                    field(0x4a, "", b"b"),
                    field(0x37, "", b""),
                ],
                Malformed::BadCollection,
            ),
            (vec![vec![0x0b]], Malformed::UnknownGroup(0x0b)),
            (vec![vec![0x00]], Malformed::UnknownGroup(0x00)),
        ] {
            assert_eq!(read(&fields).expect_err("refused"), why);
        }
        let alone = field(0x21, "a", &[0; 4]);
        let refused = read_groups(alone.into()).expect_err("refused");
        assert_eq!(refused, Malformed::NoGroup);
    }

    #[test]
    fn a_message_that_is_cut_off_anywhere_is_not_taken() {
        let whole = [
            vec![0x01],
            field(0x47, "attributes-charset", b"utf-8"),
            field(0x34, "col", b""),
            field(0x4a, "", b"m"),
            field(0x35, "", b"\0\x02en\0\x02hi"),
            field(0x37, "", b""),
            vec![END_OF_ATTRIBUTES],
        ]
        .concat();
        assert!(read_groups(whole.clone().into()).is_ok());
        for end in 0..whole.len() {
            let part = whole[..end].to_vec();
            let message = [&[0; HEADER_BYTES], part.as_slice()].concat();
            assert_eq!(EndFinder::new().find(&message), Ok(None), "{end}");
            assert!(read_groups(part.into()).is_err(), "{end}");
        }
    }

    #[test]
    fn any_byte_changed_to_any_other_does_not_panic() {
        let whole = [
            vec![0x01],
            field(0x36, "n", b"\0\x02en\0\x02hi"),
            field(0x34, "col", b""),
            field(0x4a, "", b"m"),
            field(0x21, "", &[0; 4]),
            field(0x37, "", b""),
            vec![END_OF_ATTRIBUTES],
        ]
        .concat();
        for place in 0..whole.len() {
            for byte in 0..=u8::MAX {
                let mut changed = whole.clone();
                changed[place] = byte;
                let message = [&[0; HEADER_BYTES], changed.as_slice()].concat();
                let _ = EndFinder::new().find(&message);
                let _ = read_groups(changed.into());
            }
        }
    }
}
