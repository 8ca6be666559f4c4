//! The address of a page, as it is fetched and as it is shown.

use url::Url;

use crate::{Error, ErrorKind};

/// A URL without the user's name and password, which are for the server alone.
pub fn shown(text: &str) -> String {
    if let Ok(mut url) = Url::parse(text)
        && url.has_host()
    {
        if url.username().is_empty() && url.password().is_none() {
            return text.to_owned();
        }
        let bare = url.set_username("").and_then(|()| url.set_password(None));
        if bare.is_ok() {
            return url.into();
        }
    }
    // A text that is no URL may contain them as well.
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// The URL in `text`, which may be relative to another one.
pub(super) fn page(text: &str, from: Option<&Url>) -> Result<Url, Error> {
    let url = match from {
        Some(from) => from.join(text),
        None => Url::parse(text),
    };
    let wrong = |why: &str| {
        let text = shown(text);
        Error::new(
            ErrorKind::Invalid,
            format!("{text} cannot be fetched: {why}"),
        )
    };
    let url = url.map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(wrong("it is neither http:// nor https://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (text, wanted) in [
            ("http://ray:egon@h.example/a", "http://h.example/a"),
            ("http://ray@h.example/a?b@c", "http://h.example/a?b@c"),
            ("http://h.example", "http://h.example"),
            ("http://ray:e@gon@h:99999/", "http://h:99999/"),
            ("ray:egon@h.example", "h.example"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }
}
