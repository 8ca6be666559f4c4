//! An answer: a status, and groups of attributes.

use axum::body::Bytes;
use ipp::IppHeader;
use ipp::attribute::{IppAttribute, IppAttributeGroup, IppAttributes};
use ipp::model::{DelimiterTag, IppVersion};
use ipp::prelude::IppValue;

use crate::request::Header;
use crate::values::{attribute, charset, language, text};
use crate::{Refusal, Status};

/// The versions that the printer speaks, as major and minor number.
pub const VERSIONS: [[u8; 2]; 2] = [[1, 1], [2, 0]];
/// The longest `status-message`, in characters.
const LONGEST_MESSAGE: usize = 255;

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    status: Status,
    message: String,
    /// What was asked for and cannot be had.
    unsupported: Vec<IppAttribute>,
    groups: Vec<IppAttributeGroup>,
}

impl Answer {
    /// All is done, and there is nothing more to say.
    pub fn ok() -> Answer {
        Answer::new(Status::Ok, String::new())
    }

    fn new(status: Status, message: String) -> Answer {
        let (unsupported, groups) = (Vec::new(), Vec::new());
        Answer { status, message, unsupported, groups }
    }

    /// A request that is not done, and why.
    pub fn refused(refusal: &Refusal) -> Answer {
        let message = safe_text::plain(&refusal.message, LONGEST_MESSAGE);
        Answer::new(refusal.status, message)
    }

    /// How the request ended.
    pub fn status(&self) -> Status {
        self.status
    }

    /// With one more group of attributes.
    pub fn with(
        mut self,
        tag: DelimiterTag,
        attributes: Vec<IppAttribute>,
    ) -> Answer {
        let mut group = IppAttributeGroup::new(tag);
        *group.attributes_mut() = attributes;
        self.groups.push(group);
        self
    }

    /// With what was asked for and cannot be had. Without it, all is done.
    pub fn without(mut self, unsupported: Vec<IppAttribute>) -> Answer {
        if !unsupported.is_empty() && self.status == Status::Ok {
            self.status = Status::OkIgnoredOrSubstituted;
        }
        self.unsupported = unsupported.into_iter().map(as_sent_back).collect();
        self
    }

    /// The answer's bytes.
    pub fn to_bytes(&self, request: &Header) -> Bytes {
        let mut attributes = IppAttributes::new();
        let mut add = |value| {
            attributes.add(DelimiterTag::OperationAttributes, value);
        };
        add(attribute("attributes-charset", charset()));
        add(attribute("attributes-natural-language", language()));
        if !self.message.is_empty() {
            add(attribute("status-message", text(&self.message)));
        }
        if !self.unsupported.is_empty() {
            let tag = DelimiterTag::UnsupportedAttributes;
            let mut group = IppAttributeGroup::new(tag);
            group.attributes_mut().clone_from(&self.unsupported);
            attributes.groups_mut().push(group);
        }
        attributes.groups_mut().extend(self.groups.iter().cloned());
        let status = i16::try_from(self.status.number());
        let header = IppHeader::new(
            IppVersion(u16::from_be_bytes(version_for(request.version))),
            status.expect("each status has two bytes"),
            request.id,
        );
        [header.to_bytes(), attributes.to_bytes()].concat().into()
    }
}

/// The version to answer with: the client's own, or the nearest that the
/// printer speaks (RFC 8011, section 4.1.8).
fn version_for(asked: [u8; 2]) -> [u8; 2] {
    match asked {
        [1, 0] => [1, 0],
        [0 | 1, _] => VERSIONS[0],
        _ => VERSIONS[1],
    }
}

/// An attribute as it can be sent back. The library writes several values as if
/// all were of the first one's type, so of a mixture only the first goes back.
fn as_sent_back(sent: IppAttribute) -> IppAttribute {
    let name = sent.name().clone();
    let value = match sent.value() {
        IppValue::Array(values) => {
            let first = values.first().map(IppValue::to_tag);
            let is_of_type = |one: &IppValue| Some(one.to_tag()) == first;
            match values.first() {
                Some(one) if !values.iter().all(is_of_type) => one.clone(),
                _ => return sent,
            }
        }
        _ => return sent,
    };
    IppAttribute::new(name, value)
}
