//! The body of a webhook's POST: ours, one that the file spells out, or one
//! that a service expects.

use programs::Failure;
use reqwest::Url;

use crate::message::Message;
use crate::notice::json;
use crate::{Service, Template};

/// What a webhook sends.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Body {
    /// The notice as JSON.
    #[default]
    Ours,
    /// A text with named places.
    Own(Template),
    /// What a service expects.
    Of(Service),
}

/// One POST: where to, and what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Post {
    pub url: Url,
    pub media_type: &'static str,
    pub text: String,
}

/// The media type of JSON (RFC 8259, section 11).
pub(crate) const JSON: &str = "application/json";

impl Body {
    /// The POSTs that tell a message at an address: one, or several for a
    /// service that takes each notice alone.
    pub(crate) fn posts(
        &self,
        url: &Url,
        message: &Message,
    ) -> Result<Vec<Post>, Failure> {
        let post = |media_type, text| {
            vec![Post { url: url.clone(), media_type, text }]
        };
        match self {
            Body::Ours => Ok(post(JSON, json(message).to_string())),
            Body::Own(template) => {
                let text = template.fill(&message.notice);
                Ok(post(template.media_type(), text))
            }
            Body::Of(service) => {
                let posts = service.posts(url, message);
                posts.map_err(Failure::permanent)
            }
        }
    }
}
