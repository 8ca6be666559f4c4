//! The base path: where a proxy shows a server that is not at its root.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The path under which a proxy shows this server, such as `/mon`, without a
/// slash at its end. Empty for a server at the root.
///
/// A proxy takes it away before it passes a request on. The server puts it
/// before each path that it sends to a browser. It also takes requests that
/// still have it: those that come past the proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

impl BasePath {
    /// The address of one of the server's own paths, as a browser needs it.
    #[must_use]
    pub fn of(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether the server is at the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    // ANCHOR: strip
    /// The address without the base path; nothing where it has none.
    #[must_use]
    pub fn strip(&self, uri: &Uri) -> Option<Uri> {
        let asked = uri.path_and_query()?.as_str();
        let inside = asked.strip_prefix(&self.0)?;
        if self.is_root() || !inside.starts_with('/') {
            return None;
        }
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(inside).ok()?);
        Uri::from_parts(parts).ok()
    }
    // ANCHOR_END: strip
}

impl FromStr for BasePath {
    type Err = String;

    fn from_str(text: &str) -> Result<BasePath, String> {
        let path = text.trim_end_matches('/');
        let sound = |part: &str| {
            let plain = |letter: u8| {
                letter.is_ascii_alphanumeric() || b"-_.~".contains(&letter)
            };
            !matches!(part, "" | "." | "..") && part.bytes().all(plain)
        };
        let inside = path.strip_prefix('/');
        match inside {
            None if path.is_empty() => Ok(BasePath::default()),
            Some(inside) if inside.split('/').all(sound) => {
                Ok(BasePath(path.to_owned()))
            }
            _ => Err("say a path such as /mon, of letters, digits and -._~"
                .to_owned()),
        }
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BasePath {
        text.parse().expect(text)
    }

    #[test]
    fn only_what_is_under_it_loses_it() {
        let strip = |base_path: &str, uri: &str| {
            let uri: Uri = uri.parse().expect("an address");
            base(base_path).strip(&uri).map(|uri| uri.to_string())
        };
        assert_eq!(strip("/mon", "/mon/"), Some("/".to_owned()));
        let query = strip("/a/mon/", "/a/mon/api?x=/mon/");
        assert_eq!(query, Some("/api?x=/mon/".to_owned()));
        for uri in ["/", "/api", "/monitor/", "/mon", "/x/mon/"] {
            assert_eq!(strip("/mon", uri), None, "{uri}");
        }
        assert_eq!(strip("/", "/api"), None);
        // What it leaves may not lead elsewhere.
        assert_eq!(strip("/mon", "/mon//evil"), Some("//evil".to_owned()));
    }

    #[test]
    fn a_path_is_plain() {
        assert_eq!(base("/mon").of("/sign-in"), "/mon/sign-in");
        assert_eq!(base("/").of("/"), "/");
        for text in ["mon", "//mon", "/a//b", "/../x", "/a b", "/a?b", "/ä"] {
            assert!(text.parse::<BasePath>().is_err(), "{text}");
        }
    }
}
