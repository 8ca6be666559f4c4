//! A request: which operation, on what, with which attributes.

use axum::body::Bytes;
use ipp::attribute::{IppAttribute, IppAttributeGroup};
use ipp::model::DelimiterTag;
use ipp::prelude::IppValue;

use crate::attribute_reader::{Malformed, read_groups};
use crate::{Refusal, Status};

/// The bytes before the attributes.
const HEADER_BYTES: usize = 8;
/// The most values of one attribute that are looked at.
const MOST_VALUES: usize = 1000;

/// The first eight bytes of a request (RFC 8010, section 3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of IPP: major, minor.
    pub version: [u8; 2],
    /// The number of the operation.
    pub operation: i16,
    /// The number that the client has given the request.
    pub id: i32,
}

impl Header {
    /// The header at the beginning of these bytes, if all of it is there.
    pub fn read(bytes: &[u8]) -> Option<Header> {
        let bytes: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let [major, minor, first, second, rest @ ..] = *bytes;
        Some(Header {
            version: [major, minor],
            operation: i16::from_be_bytes([first, second]),
            id: i32::from_be_bytes(rest),
        })
    }
}

/// A request, without its document.
#[derive(Debug)]
pub struct Request {
    /// What stands before the attributes.
    pub header: Header,
    /// The attributes, by group.
    pub groups: Vec<IppAttributeGroup>,
}

impl Request {
    /// Takes the bytes of a request apart, which end with its attributes.
    pub fn read(bytes: Bytes) -> Result<Request, Malformed> {
        let header = Header::read(&bytes).ok_or(Malformed::CutOff)?;
        let groups = read_groups(bytes.slice(HEADER_BYTES..))?;
        Ok(Request { header, groups })
    }

    /// The operation attribute of this name.
    pub fn get(&self, name: &str) -> Option<&IppValue> {
        let operation = self.groups.first()?;
        operation.get(name).map(IppAttribute::value)
    }

    /// The attributes of the job that is to be made.
    pub fn job_attributes(&self) -> impl Iterator<Item = &IppAttribute> {
        let is_of_job = |group: &&IppAttributeGroup| {
            group.tag() == DelimiterTag::JobAttributes
        };
        let groups = self.groups.iter().filter(is_of_job);
        groups.flat_map(IppAttributeGroup::attributes)
    }

    /// The operation attribute `name`, which must be a number.
    pub fn integer(&self, name: &str) -> Result<Option<i32>, Refusal> {
        self.typed(name, |value| match value {
            IppValue::Integer(number) => Some(*number),
            _ => None,
        })
    }

    /// The operation attribute `name`, which must be true or false.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.typed(name, |value| match value {
            IppValue::Boolean(flag) => Some(*flag),
            _ => None,
        })
    }

    /// A keyword, name, text, URI or MIME type, as text.
    pub fn word(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.typed(name, as_word)
    }

    /// The operation attribute `name`, which must be a URI.
    pub fn uri(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.typed(name, |value| match value {
            IppValue::Uri(uri) => Some(uri.as_str()),
            _ => None,
        })
    }

    /// All keywords of an attribute.
    pub fn words(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let words = values(value).take(MOST_VALUES).map(as_word);
        words.collect::<Option<_>>().ok_or_else(|| wrong_type(name))
    }

    /// All numbers of an attribute.
    pub fn integers(&self, name: &str) -> Result<Vec<i32>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let numbers =
            values(value).take(MOST_VALUES).map(|value| match value {
                IppValue::Integer(number) => Some(*number),
                _ => None,
            });
        numbers.collect::<Option<_>>().ok_or_else(|| wrong_type(name))
    }

    fn typed<'r, T>(
        &'r self,
        name: &str,
        read: impl Fn(&'r IppValue) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| wrong_type(name))
    }
}

fn wrong_type(name: &str) -> Refusal {
    Refusal::new(
        Status::BadRequest,
        format!("the attribute {name} has a value of a type that it cannot"),
    )
}

/// The value, or each of several.
pub fn values(value: &IppValue) -> impl Iterator<Item = &IppValue> {
    match value {
        IppValue::Array(values) => values.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// What is text in one way or another.
pub fn as_word(value: &IppValue) -> Option<&str> {
    Some(match value {
        IppValue::Keyword(word) => word,
        IppValue::NameWithoutLanguage(name) => name,
        IppValue::NameWithLanguage { name, .. } => name,
        IppValue::TextWithoutLanguage(text) => text,
        IppValue::TextWithLanguage { text, .. } => text,
        IppValue::Uri(uri) => uri,
        IppValue::MimeMediaType(kind) => kind,
        IppValue::Charset(charset) => charset,
        IppValue::NaturalLanguage(language) => language,
        _ => return None,
    })
}
