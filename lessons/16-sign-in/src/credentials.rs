//! The key that a request carries, and in which of two ways.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands in a request's `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Nothing that is meant for us.
    None,
    /// A program's key (RFC 6750, section 2.1).
    Bearer { key: String },
    /// A name and a key (RFC 7617): what printing systems can ask their users
    /// for.
    Basic { name: String, key: String },
    /// What no program of good will sends.
    Malformed,
}

impl Credentials {
    /// Reads the header. Of two, a proxy might have looked at the other: two
    /// are none.
    pub(crate) fn of(headers: &HeaderMap) -> Credentials {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Credentials::None,
            (Some(value), None) => value,
            (Some(_), Some(_)) => return Credentials::Malformed,
        };
        let Ok(value) = value.to_str() else { return Credentials::Malformed };
        let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Credentials::Bearer { key: rest.to_owned() };
        }
        if scheme.eq_ignore_ascii_case("basic") {
            return basic(rest).unwrap_or(Credentials::Malformed);
        }
        Credentials::None
    }
}

// ANCHOR: basic
/// `NAME:KEY`, in the 64 characters that a header may hold. Anybody can turn
/// them back: this is no encryption.
fn basic(encoded: &str) -> Option<Credentials> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (name, key) = text.split_once(':')?;
    Some(Credentials::Basic { name: name.to_owned(), key: key.to_owned() })
}
// ANCHOR_END: basic

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Credentials {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = value.parse().expect("a value");
            headers.append(header::AUTHORIZATION, value);
        }
        Credentials::of(&headers)
    }

    #[test]
    fn a_key_comes_alone_or_with_a_name() {
        let bearer = Credentials::Bearer { key: "zuul".to_owned() };
        assert_eq!(of(&["bearer  zuul "]), bearer);
        // "ray:zu:ul", and "ray:".
        let basic = |key: &str| Credentials::Basic {
            name: "ray".to_owned(),
            key: key.to_owned(),
        };
        assert_eq!(of(&["Basic cmF5Onp1OnVs"]), basic("zu:ul"));
        assert_eq!(of(&["BASIC cmF5Og=="]), basic(""));
        assert_eq!(of(&[]), Credentials::None);
        assert_eq!(of(&["Negotiate YII"]), Credentials::None);
    }

    #[test]
    fn what_is_not_well_formed_is_no_key() {
        for text in ["Basic", "Basic cmF5", "Basic !", "Basic /w==", "é"] {
            assert_eq!(of(&[text]), Credentials::Malformed, "{text}");
        }
        assert_eq!(of(&["Bearer a", "Bearer a"]), Credentials::Malformed);
    }
}
